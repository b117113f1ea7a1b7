"""routing.md §1: where work goes; overflow before and while waiting; percentage splits."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from centre.answers import when
from centre.desk import hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue, rule, says
from centre.waiting import until

SPLIT = {"a": 37, "b": 29, "c": 17, "d": 11, "e": 6}
ITEMS, AT_ONCE = 1_000, 50
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def a_percentage_split_keeps_its_shares_from_the_first_item_on(centre: Centre) -> None:
    """(seen: Dynamics 365)"""
    shares = [{"queue": name, "percent": percent} for name, percent in SPLIT.items()]
    tenant = await centre.tenant("split", queues=[queue(name) for name in SPLIT], rules=[rule("all", "true", split=shares)])
    for total in range(AT_ONCE, ITEMS + 1, AT_ONCE):
        async with asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                group.create_task(tenant.write(f"{total} {number}"))
        waiting = await counted(tenant, total)
        for name, percent in SPLIT.items():
            assert abs(waiting[name] * 100 - total * percent) <= 100, (total, waiting)
    assert waiting == {name: percent * ITEMS // 100 for name, percent in SPLIT.items()}


async def counted(tenant: Tenant, total: int) -> Counter[str]:
    """What waits in each queue, once so many wait in all."""

    async def look() -> Counter[str] | None:
        shown = await tenant.look("router", "/v1/queues")
        found = Counter({one["queue"]: one["waiting"] for one in (shown or {}).get("queues", [])})
        return found if found.total() >= total else None

    found = await until(look, f"{total} wait")
    assert found.total() == total
    return found


async def the_first_true_rule_wins_and_a_broken_one_is_skipped_and_shown(centre: Centre) -> None:
    tenant = await centre.tenant(
        "rules",
        queues=[queue("general"), queue("gold"), queue("words")],
        rules=[
            rule("broken", "customer.tier.size() > 3", queue="gold"),
            rule("words", says("words"), queue="words", priority=2),
            rule("late", says("words") + " && true", queue="gold"),
        ],
    )
    matched, unmatched = [await tenant.explain(await tenant.ask(text)) for text in ("words", "nothing known")]
    assert [(one["rule"], one["outcome"]) for one in matched["rules"]] == [("broken", "error"), ("words", "matched")]
    assert matched["rules"][0]["error"]
    assert (matched["work"]["queue"], matched["work"]["priority"], matched["work"]["rule"]) == ("words", 2, "words")
    assert unmatched["work"]["queue"] == "general"
    assert "No rule matched" in unmatched["sentence"]


async def a_circle_of_overflow_is_refused_with_file_and_line(centre: Centre) -> None:
    folder = centre.write_files(
        "circle",
        queues=[
            queue("a", overflow_after=[{"after": "PT1S", "action": "queue", "queue": "b"}]),
            queue("b", overflow_before=[{"when": "waiting", "over_items": 1, "action": "queue", "queue": "a"}]),
        ],
    )
    mistakes = json.loads(await centre.refused_command("apply", str(folder), "--json"))["mistakes"]
    lines = (folder / "tenant.yaml").read_text("utf-8").splitlines()
    told = {(one["file"], lines[one["line"] - 1].strip(), one["sentence"]) for one in mistakes}
    assert len(told) == 2, mistakes
    for file, line, sentence in told:
        assert file == str(folder / "tenant.yaml")
        assert "circle" in sentence
        assert line in ("{", '"id": "a",', '"id": "b",'), line


async def overflow_through_the_last_resort_makes_no_loop(centre: Centre) -> None:
    """A → fallback B → A: each queue once, then the work stays."""
    tenant = await centre.tenant(
        "lastresort",
        queues=[
            queue("a", overflow_after=[{"after": "PT0.5S", "action": "fallback"}]),
            queue("b", overflow_after=[{"after": "PT0.5S", "action": "queue", "queue": "a"}]),
            queue("sentinel", overflow_after=[{"after": "PT2.5S", "action": "promise", "message": "done"}]),
        ],
        rules=[rule("sentinel", says("sentinel"), queue="sentinel")],
        fallback_queue="b",
    )
    case = await tenant.ask("round and round")
    later = await tenant.ask("sentinel")
    await tenant.decided(later, "CallbackPromised")
    moves = [(one["detail"]["queue"], one["detail"]["to_queue"]) for one in await tenant.decisions(case, "WorkOverflowed")]
    assert moves == [("a", "b")]
    assert (await tenant.work(case))["queue"] == "b"


async def overflow_while_waiting_happens_once_per_step_and_never_early(centre: Centre) -> None:
    tenant = await centre.tenant(
        "waited",
        queues=[
            queue(
                "a",
                overflow_after=[
                    {"after": "PT0.8S", "action": "promise", "message": "patience"},
                    {"after": "PT1.6S", "action": "queue", "queue": "b"},
                ],
            ),
            queue("b", overflow_after=[{"after": "PT0.8S", "action": "end", "message": "sorry"}]),
        ],
    )
    case = await tenant.ask("I wait")
    queued = when((await tenant.work(case))["queued_at"])
    (away,) = await tenant.decided(case, "WorkTurnedAway")
    (promised,) = await tenant.decisions(case, "CallbackPromised")
    (moved,) = await tenant.decisions(case, "WorkOverflowed")
    assert promised["at"] >= queued + timedelta(milliseconds=800)
    assert moved["at"] >= queued + timedelta(milliseconds=1600)
    assert away["at"] >= moved["at"] + timedelta(milliseconds=800)
    assert (moved["detail"]["queue"], moved["detail"]["to_queue"]) == ("a", "b")
    shown = await tenant.work(case, state="done")
    assert shown["close_reason"] == "turned_away"


async def waiting_over_n_is_exact_in_a_burst(centre: Centre) -> None:
    """(seen: a 10 s cached depth over-admits)"""
    tenant = await centre.tenant(
        "exact",
        queues=[
            queue("a", overflow_before=[{"when": "waiting", "over_items": 4, "action": "queue", "queue": "b"}]),
            queue("b"),
        ],
    )
    async with asyncio.TaskGroup() as group:
        for number in range(40):
            group.create_task(tenant.write(f"burst {number}"))
    assert await counted(tenant, 40) == {"a": 5, "b": 35}


async def a_closed_queue_overflows_and_hands_out_nothing_until_it_opens(centre: Centre) -> None:
    """A changed calendar is a freed queue: (seen: escalation times stale after a calendar change)"""
    closing = [{"when": "closed", "action": "queue", "queue": "night"}]

    def parts(days: list[str]) -> dict[str, Any]:
        calendar = {"id": "office", "timezone": "UTC", "hours": [{"days": days, "opens": "00:00", "until": "24:00"}]}
        queues = [
            queue("day", calendar="office", overflow_before=closing),
            queue("night"),
            queue("strict", calendar="office"),
        ]
        return {"queues": queues, "calendars": [calendar], "rules": [rule("strict", says("strict"), queue="strict")]}

    tenant = await centre.tenant("closed", **parts([_far_from(datetime.now(UTC))]))
    uma = await hire(tenant, "uma", "day", "strict", messaging=5)
    overflowed, strict = await tenant.ask("now"), await tenant.ask("strict")
    assert (await tenant.work(overflowed))["queue"] == "night"
    shown = await tenant.explain(strict)
    assert (shown["work"]["state"], shown["wait"]["state"]) == ("queued", "closed")
    assert shown["obstacles"] == {"queue_closed": 1}
    tenant.config = await centre.apply(tenant.name, **parts(list(_DAYS)))
    await uma.accept(strict)
    assert (await tenant.work(await tenant.ask("now again")))["queue"] == "day"


def _far_from(now: datetime) -> str:
    """A weekday that is neither today's, nor yesterday's or tomorrow's anywhere."""
    return _DAYS[(now.weekday() + 3) % 7]


SCENARIOS = (
    a_percentage_split_keeps_its_shares_from_the_first_item_on,
    the_first_true_rule_wins_and_a_broken_one_is_skipped_and_shown,
    a_circle_of_overflow_is_refused_with_file_and_line,
    overflow_through_the_last_resort_makes_no_loop,
    overflow_while_waiting_happens_once_per_step_and_never_early,
    waiting_over_n_is_exact_in_a_burst,
    a_closed_queue_overflows_and_hands_out_nothing_until_it_opens,
)
