"""routing.md §7: clocks paused and resumed at odd instants: closed hours, twice, for several reasons, while the calendar changes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from centre import business_time
from centre.answers import when
from centre.desk import hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue

_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_TWO_HOURS = timedelta(hours=2)


async def paused_and_resumed_in_closed_hours_uses_no_time(centre: Centre) -> None:
    day = (datetime.now(UTC).weekday() + 3) % 7
    tenant = await _promising(centre, "pauseclosed", [_WEEK[day]])
    case = await _clocked(tenant)
    await pause(tenant, case, "on_hold")
    (paused,) = await tenant.ledger(case, "SlaPaused")
    assert paused["entry"]["remaining_ms"] == _TWO_HOURS // timedelta(milliseconds=1)
    await resume(tenant, case, "on_hold")
    (resumed,) = await tenant.ledger(case, "SlaResumed")
    (clock,) = (await tenant.proof(case))["replayed"]
    expected = business_time.due(when(resumed["at"]), _TWO_HOURS, "UTC", lambda wall: wall.weekday() == day)
    assert when(clock["due_at"]) == expected


async def many_short_pauses_lose_and_win_nothing(centre: Centre) -> None:
    """What ran is what the ledger's own instants say, to the millisecond; one clock all the way."""
    tenant = await _promising(centre, "pausemany", _WEEK)
    case = await _clocked(tenant)
    for _ in range(4):
        await pause(tenant, case, "on_hold")
        await resume(tenant, case, "on_hold")
    await tenant.ledger(case, "SlaResumed", 4)
    proof = await tenant.proof(case)
    moves = [one for one in proof["ledger"] if one["type"] != "SlaApplied"]
    assert [one["type"] for one in moves] == ["SlaPaused", "SlaResumed"] * 4
    left, running_since = _TWO_HOURS, when(proof["ledger"][0]["entry"]["started_at"])
    for paused, resumed in zip(moves[::2], moves[1::2], strict=True):
        left -= when(paused["at"]) - running_since
        running_since = when(resumed["at"])
        assert timedelta(milliseconds=paused["entry"]["remaining_ms"]) == left
        assert when(resumed["entry"]["due_at"]) == running_since + left
    assert {one["entry"]["metric"] for one in proof["ledger"]} == {"resolution"}


async def several_reasons_hold_until_the_last_one_ends(centre: Centre) -> None:
    tenant = await _promising(centre, "pausetwo", _WEEK)
    fred = await hire(tenant, "fred", "front")
    sender = await tenant.write("Please help")
    case = await tenant.case_of(sender)
    await fred.accept(case)
    await pause(tenant, case, "on_hold")
    await fred.replies(case)
    await tenant.ledger(case, "SlaPaused")
    await resume(tenant, case, "on_hold")
    again = await tenant.command("POST", f"/v1/cases/{case}/resume", {"reason": "on_hold"}, service="case-store")
    assert again.refused == (409, "case_not_paused")
    assert [one["status"] for one in (await tenant.proof(case))["replayed"]] == ["paused"]
    await tenant.write("Here is what you asked for", sender)
    await tenant.ledger(case, "SlaResumed")
    assert [one["status"] for one in (await tenant.proof(case))["replayed"]] == ["running"]
    assert len(await tenant.ledger(case, "SlaPaused")) == 1


async def a_calendar_that_changes_while_paused_keeps_the_time_used(centre: Centre) -> None:
    day = (datetime.now(UTC).weekday() + 3) % 7
    tenant = await _promising(centre, "pausechange", _WEEK)
    case = await _clocked(tenant)
    await pause(tenant, case, "on_hold")
    (paused,) = await tenant.ledger(case, "SlaPaused")
    left = timedelta(milliseconds=paused["entry"]["remaining_ms"])
    assert left < _TWO_HOURS
    await centre.apply(tenant.name, **_parts([_WEEK[day]]))
    (moved,) = await tenant.ledger(case, "SlaRetargeted")
    assert (moved["entry"]["due_at"], moved["entry"]["remaining_ms"]) == (None, paused["entry"]["remaining_ms"])
    await resume(tenant, case, "on_hold")
    await tenant.ledger(case, "SlaResumed")
    proof = await tenant.proof(case)
    expected = business_time.due(when(proof["ledger"][-1]["at"]), left, "UTC", lambda wall: wall.weekday() == day)
    assert when(proof["replayed"][0]["due_at"]) == expected


async def a_tag_pauses_and_a_case_resolved_on_hold_counts_no_paused_time(centre: Centre) -> None:
    tenant = await _promising(centre, "pausetag", _WEEK)
    case = await _clocked(tenant)
    await tag(tenant, case, ["legal"])
    (first,) = await tenant.ledger(case, "SlaPaused")
    await tag(tenant, case, [])
    await tenant.ledger(case, "SlaResumed")
    await pause(tenant, case, "on_hold")
    second = (await tenant.ledger(case, "SlaPaused", 2))[1]
    assert second["entry"]["remaining_ms"] <= first["entry"]["remaining_ms"]
    await tenant.done("POST", f"/v1/cases/{case}/resolve", service="case-store")
    (ended,) = await tenant.ledger(case, "SlaFulfilled")
    assert ended["entry"]["remaining_ms"] == second["entry"]["remaining_ms"]
    closed = await tenant.command("POST", f"/v1/cases/{case}/pause", {"reason": "on_hold"}, service="case-store")
    assert closed.refused == (409, "case_resolved")


async def a_paused_clock_never_breaches(centre: Centre) -> None:
    """Paused short of its end, it is still paused when another's of the same age, that ran, has long been told."""
    tenant = await _promising(centre, "pausebreach", _WEEK, target="PT2.5S")
    held, running = await _clocked(tenant), await _clocked(tenant)
    await pause(tenant, held, "on_hold")
    await tenant.ledger(held, "SlaPaused")
    await tenant.ledger(running, "SlaBreached")
    proof = await tenant.proof(held)
    assert [one["type"] for one in proof["ledger"] if one["type"] == "SlaBreached"] == []
    await resume(tenant, held, "on_hold")
    (breached,) = await tenant.ledger(held, "SlaBreached")
    (resumed,) = await tenant.ledger(held, "SlaResumed")
    assert when(breached["at"]) >= when(resumed["entry"]["due_at"])


async def a_case_merged_into_another_keeps_the_older_start(centre: Centre) -> None:
    """(seen: escalation times stale after a calendar change or merge)"""
    tenant = await _promising(centre, "mergedoor", _WEEK)
    older, younger = await _clocked(tenant), await _clocked(tenant)
    (before,) = (await tenant.proof(older))["replayed"]
    await tenant.done(
        "POST", f"/v1/cases/{older}/merge", {"into": younger, "merge_customers": True}, service="case-store"
    )
    await tenant.ledger(younger, "SlaRetargeted")
    (after,) = (await tenant.proof(younger))["replayed"]
    assert (after["started_at"], after["due_at"]) == (before["started_at"], before["due_at"])
    shown = await tenant.work(older, state="done")
    assert shown["close_reason"] == "merged"
    again = await tenant.command(
        "POST", f"/v1/cases/{older}/merge", {"into": younger, "merge_customers": True}, service="case-store"
    )
    assert again.refused == (409, "case_merged")


async def pauses_at_once_from_two_desks_make_one(centre: Centre) -> None:
    tenant = await _promising(centre, "pauserace", _WEEK)
    case = await _clocked(tenant)
    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(pause(tenant, case, "on_hold"))
    await resume(tenant, case, "on_hold")
    await tenant.ledger(case, "SlaResumed")
    kinds = [one["type"] for one in (await tenant.proof(case))["ledger"]]
    assert kinds == ["SlaApplied", "SlaPaused", "SlaResumed"]


async def pause(tenant: Tenant, case: str, reason: str) -> None:
    await tenant.done("POST", f"/v1/cases/{case}/pause", {"reason": reason}, service="case-store")


async def resume(tenant: Tenant, case: str, reason: str) -> None:
    await tenant.done("POST", f"/v1/cases/{case}/resume", {"reason": reason}, service="case-store")


async def tag(tenant: Tenant, case: str, tags: list[str]) -> None:
    await tenant.done("PATCH", f"/v1/cases/{case}", {"tags": tags}, service="case-store")


async def _clocked(tenant: Tenant) -> str:
    case = await tenant.ask("Please help")
    await tenant.ledger(case, "SlaApplied")
    return case


async def _promising(centre: Centre, name: str, days: list[str], target: str = "PT2H") -> Tenant:
    return await centre.tenant(name, **_parts(days, target))


def _parts(days: list[str], target: str = "PT2H") -> dict[str, Any]:
    calendar = {"id": "hours", "timezone": "UTC", "hours": [{"days": days, "opens": "00:00", "until": "24:00"}]}
    promise = {"metric": "resolution", "target": target, "calendar": "hours", "warn_percent": []}
    policy = {"id": "held", "targets": [promise], "pause_on": ["on_hold", "waiting_on_customer", "tag:legal"]}
    return {"queues": [queue("front")], "calendars": [calendar], "sla_policies": [policy]}


SCENARIOS = (
    paused_and_resumed_in_closed_hours_uses_no_time,
    many_short_pauses_lose_and_win_nothing,
    several_reasons_hold_until_the_last_one_ends,
    a_calendar_that_changes_while_paused_keeps_the_time_used,
    a_tag_pauses_and_a_case_resolved_on_hold_counts_no_paused_time,
    a_paused_clock_never_breaches,
    a_case_merged_into_another_keeps_the_older_start,
    pauses_at_once_from_two_desks_make_one,
)
