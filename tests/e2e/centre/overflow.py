"""routing.md §1: where work goes; overflow before and while waiting; percentage splits."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from centre.desk import hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue, rule, says, texts
from centre.waiting import until

SPLIT = {"a": 37, "b": 29, "c": 17, "d": 11, "e": 6}
ITEMS, AT_ONCE = 1_000, 50
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


async def a_percentage_split_keeps_its_shares_from_the_first_item_on(centre: Centre) -> None:
    """(seen: Dynamics 365)"""
    shares = [{"queue": name, "percent": percent} for name, percent in SPLIT.items()]
    tenant = await centre.tenant(
        "split", queues=[queue(name) for name in SPLIT], rules=[rule("all", "true", split=shares)]
    )
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


async def circular_overflow_is_refused_with_file_and_line(centre: Centre) -> None:
    """By a queue's name and by the last resort: A → fallback B → A."""
    for onward in ({"action": "queue", "queue": "b"}, {"action": "fallback"}):
        folder = centre.write_files(
            f"circle-{onward['action']}",
            queues=[
                queue("a", overflow_after=[{"after": "PT1S", **onward}]),
                queue("b", overflow_before=[{"when": "waiting", "over_items": 1, "action": "queue", "queue": "a"}]),
            ],
            fallback_queue="b",
        )
        mistakes = json.loads(await centre.refused_command("apply", str(folder), "--json"))["mistakes"]
        lines = (folder / "tenant.yaml").read_text("utf-8").splitlines()
        told = {(lines[one["line"]].strip(), one["sentence"]) for one in mistakes}
        assert {one["file"] for one in mistakes} == {str(folder / "tenant.yaml")}
        assert told == {
            ('"after": "PT1S",', "queues.0.overflow_after.0: circular overflow: a → b → a"),
            ('"when": "waiting",', "queues.1.overflow_before.0: circular overflow: b → a → b"),
        }


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
        texts=texts("patience", "sorry"),
    )
    case = await tenant.ask("I wait")
    (first,) = await tenant.decided(case, "WorkQueued")
    queued = first["at"]
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


async def a_queue_whose_oldest_waited_too_long_overflows(centre: Centre) -> None:
    tenant = await centre.tenant(
        "oldest",
        queues=[
            queue("a", overflow_before=[{"when": "oldest", "over": "PT0.8S", "action": "queue", "queue": "b"}]),
            queue("b"),
        ],
    )
    first = await tenant.ask("I wait")
    assert (await tenant.work(first))["queue"] == "a"
    await waited(tenant, first, 801)
    second = await tenant.ask("too long for me")
    assert (await tenant.work(second))["queue"] == "b"
    (moved,) = await tenant.decisions(second, "WorkOverflowed")
    assert (moved["detail"]["why"], moved["detail"]["queue"]) == ("oldest_over", "a")


async def a_queue_with_too_long_an_estimated_wait_overflows(centre: Centre) -> None:
    """Known after twenty answered waits, and never under a minute."""
    estimated = {"when": "estimated_wait", "over": "PT30S", "action": "queue", "queue": "b"}
    tenant = await centre.tenant(
        "estimated", queues=[queue("a", mode="auto_assign", overflow_before=[estimated]), queue("b")]
    )
    await hire(tenant, "uri", "a", messaging=30)
    answered = [await tenant.ask(f"number {number}") for number in range(20)]
    for case in answered:
        assert (await tenant.work(case, state="assigned"))["queue"] == "a"
    last = await tenant.ask("twenty are known")
    assert (await tenant.work(last, state="queued"))["queue"] == "b"
    (moved,) = await tenant.decisions(last, "WorkOverflowed")
    assert moved["detail"]["why"] == "estimated_over"


async def waiting_work_rises_by_its_queues_ageing(centre: Centre) -> None:
    """At 100 points a minute 0.6 s make up for one priority; without ageing the higher priority is first for ever."""
    tenant = await centre.tenant(
        "ageing",
        queues=[queue("aged", ageing_points_per_minute=100.0), queue("still")],
        rules=[
            rule("aged-urgent", says("aged urgent"), queue="aged", priority=4),
            rule("aged", says("aged"), queue="aged"),
            rule("still-urgent", says("still urgent"), queue="still", priority=4),
            rule("still", says("still"), queue="still"),
        ],
    )
    old = {name: await tenant.ask(name) for name in ("aged", "still")}
    await waited(tenant, old["still"], 700)
    urgent = {name: await tenant.ask(f"{name} urgent") for name in ("aged", "still")}
    ann, sue = await hire(tenant, "ann", "aged"), await hire(tenant, "sue", "still")
    await ann.offered(old["aged"])
    await sue.offered(urgent["still"])


async def waited(tenant: Tenant, case_id: str, ms: int) -> None:
    async def look() -> bool:
        shown = await tenant.look("router", f"/v1/work/{case_id}/wait")
        return shown is not None and shown["waited_ms"] >= ms

    await until(look, f"{case_id} has waited {ms} ms")


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
    circular_overflow_is_refused_with_file_and_line,
    overflow_while_waiting_happens_once_per_step_and_never_early,
    waiting_over_n_is_exact_in_a_burst,
    a_queue_whose_oldest_waited_too_long_overflows,
    a_queue_with_too_long_an_estimated_wait_overflows,
    waiting_work_rises_by_its_queues_ageing,
    a_closed_queue_overflows_and_hands_out_nothing_until_it_opens,
)
