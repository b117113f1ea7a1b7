"""routing.md §7: SLA clocks start, pause, warn, breach, end, merge and reopen; the ledger proves each."""

from datetime import timedelta
from typing import Any

from centre.answers import when
from centre.desk import Desk, hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue

_ALL = ("first_response", "next_response", "resolution", "requester_wait", "agent_work")
_DAY = timedelta(days=1)


async def warnings_and_breach_come_once_never_early_and_act(centre: Centre) -> None:
    targets = [
        {
            "metric": "first_response",
            "target": "PT2S",
            "warn_percent": [],
            "warnings": [
                {"percent": 30, "actions": [{"raise_priority": "by_one"}]},
                {"left": "PT0.7S", "actions": [{"tag": "hurry"}]},
            ],
            "on_breach": [{"raise_priority": 1}, {"move_queue": "escalated"}, {"notify_supervisor": "lead"}],
        }
    ]
    tenant = await centre.tenant(
        "breach", queues=[queue("front"), queue("escalated")], sla_policies=[{"id": "quick", "targets": targets}]
    )
    case = await tenant.ask("Hurry up")
    (breached,) = await tenant.ledger(case, "SlaBreached")
    shown = await tenant.work(case, queue="escalated")
    assert (shown["priority"], shown["sla"][0]["warned"]) == (1, ["30%", "PT0.7S"])
    started = when(shown["sla"][0]["started_at"])
    assert when(breached["at"]) >= started + timedelta(seconds=2)
    warned = await tenant.ledger(case, "SlaWarned", 2)
    assert len(warned) == 2
    assert when(warned[0]["at"]) >= started + timedelta(milliseconds=600)
    assert when(warned[1]["at"]) >= started + timedelta(milliseconds=1300)
    acted = [(one["detail"]["trigger"], one["detail"]["action"]) for one in await tenant.decisions(case, "SlaActionTaken")]
    assert sorted(acted) == sorted(set(acted))
    assert {action for _, action in acted} == {"raise_priority", "tag", "move_queue", "notify_supervisor"}
    ava = await hire(tenant, "ava", "escalated")
    await ava.accept(case)
    await ava.replies(case)
    (fulfilled,) = await tenant.ledger(case, "SlaFulfilled")
    assert fulfilled["entry"]["late"] is True
    assert len(await tenant.ledger(case, "SlaBreached")) == 1
    await tenant.proof(case)


async def each_metric_runs_by_itself_and_waiting_on_the_customer_pauses(centre: Centre) -> None:
    """(seen: update time overriding first response)"""
    tenant, ben = await _desk(centre, "metrics")
    sender = await tenant.write("A question")
    case = await tenant.case_of(sender)
    await ben.accept(case)
    assert await _status(tenant, case) == {
        "first_response": "running",
        "resolution": "running",
        "requester_wait": "running",
        "agent_work": "running",
    }
    await ben.replies(case, "We have received your message.", automatic=True)
    await ben.replies(case)
    paused = await tenant.ledger(case, "SlaPaused", 3)
    assert (await _status(tenant, case)) == {
        "first_response": "fulfilled",
        "resolution": "paused",
        "requester_wait": "paused",
        "agent_work": "paused",
    }
    (answered,) = await tenant.ledger(case, "SlaFulfilled")
    assert answered["entry"]["late"] is False
    await tenant.write("One more thing", sender)
    resumed = await tenant.ledger(case, "SlaResumed", 3)
    for before, after in zip(_by_metric(paused), _by_metric(resumed), strict=True):
        assert after["entry"]["remaining_ms"] == before["entry"]["remaining_ms"]
        due = when(after["entry"]["due_at"])
        assert due == when(after["at"]) + timedelta(milliseconds=after["entry"]["remaining_ms"])
    status = await _status(tenant, case)
    assert status["next_response"] == "running"
    await tenant.write("And another", sender)
    await ben.replies(case)
    await tenant.ledger(case, "SlaPaused", 6)
    assert (await _status(tenant, case))["next_response"] == "fulfilled"
    applied = [one["entry"]["metric"] for one in await tenant.ledger(case, "SlaApplied")]
    assert sorted(applied) == sorted(_ALL)
    await tenant.proof(case)


async def a_case_resolved_from_paused_counts_no_paused_time(centre: Centre) -> None:
    tenant, cal = await _desk(centre, "frompaused")
    case = await tenant.ask("A question")
    await cal.accept(case)
    await cal.replies(case)
    paused = {one["entry"]["metric"]: one["entry"] for one in await tenant.ledger(case, "SlaPaused", 3)}
    await cal.resolves(case)
    await tenant.work(case, state="done")
    ended = {one["entry"]["metric"]: one["entry"] for one in await tenant.ledger(case, "SlaFulfilled", 4)}
    for metric in ("resolution", "requester_wait", "agent_work"):
        assert ended[metric]["remaining_ms"] == paused[metric]["remaining_ms"]
        assert ended[metric]["late"] is False
    await tenant.proof(case)


async def a_closing_thanks_starts_no_clock_but_a_question_does(centre: Centre) -> None:
    """(seen: clock runs on after resolve)"""
    tenant, dee = await _desk(centre, "thanks")
    sender, case = await _answered_and_resolved(tenant, dee)
    entries = len((await tenant.proof(case))["ledger"])
    await tenant.write("Thanks a lot!", sender)
    await dee.offered(case)
    assert len((await tenant.proof(case))["ledger"]) == entries
    await tenant.write("But my parcel is still not here, and I have waited for two weeks by now.", sender)
    await tenant.ledger(case, "SlaApplied", 5)
    status = await _status(tenant, case)
    assert (status["next_response"], status["resolution"]) == ("running", "running")
    assert status["first_response"] == "fulfilled"


async def reopening_resumes_with_the_time_that_was_left(centre: Centre) -> None:
    tenant, eli = await _desk(centre, "resume")
    sender, case = await _answered_and_resolved(tenant, eli)
    left = {one["entry"]["metric"]: one["entry"]["remaining_ms"] for one in await tenant.ledger(case, "SlaFulfilled", 4)}
    await tenant.write("It is broken again, and this time I need somebody to come here.", sender)
    await tenant.ledger(case, "SlaApplied", 8)
    clocks = {one["metric"]: one for one in (await tenant.proof(case))["replayed"]}
    for metric in ("resolution", "requester_wait", "agent_work"):
        (_, again) = [one for one in await tenant.ledger(case, "SlaApplied") if one["entry"]["metric"] == metric]
        assert again["entry"]["remaining_ms"] == left[metric]
        assert again["entry"]["resumed"] is True
        assert when(clocks[metric]["due_at"]) == when(again["at"]) + timedelta(milliseconds=left[metric])
    assert clocks["first_response"]["status"] == "fulfilled"
    assert clocks["next_response"]["status"] == "running"


async def reopening_restarts_where_the_policy_says_so(centre: Centre) -> None:
    tenant, flo = await _desk(centre, "restart", on_reopen="restart")
    sender, case = await _answered_and_resolved(tenant, flo)
    await tenant.write("It is broken again, and this time I need somebody to come here.", sender)
    await tenant.ledger(case, "SlaApplied", 8)
    clocks = {one["metric"]: one for one in (await tenant.proof(case))["replayed"]}
    for metric in ("first_response", "resolution", "requester_wait", "agent_work"):
        assert clocks[metric]["status"] == "running"
        assert when(clocks[metric]["due_at"]) == when(clocks[metric]["started_at"]) + _DAY


async def a_merge_keeps_the_older_start(centre: Centre) -> None:
    """By linking the two customers: (seen: escalation times stale after a calendar change or merge)"""
    tenant, _ = await _desk(centre, "merge")
    first = await tenant.write("From the app")
    older = await tenant.case_of(first)
    await tenant.ledger(older, "SlaApplied", 4)
    second = await tenant.write("From elsewhere", account="live")
    younger = await tenant.case_of(second, "live")
    await tenant.ledger(younger, "SlaApplied", 4)
    before = {one["metric"]: one for one in (await tenant.proof(older))["replayed"]}
    kept = {one["metric"]: one for one in (await tenant.proof(younger))["replayed"]}
    assert all(when(before[metric]["started_at"]) < when(kept[metric]["started_at"]) for metric in before)
    customer = await tenant.customer_of(second, "live")
    link = {"channel": "webhook", "account": f"{tenant.name}-messaging", "merge": True}
    body = link | {"address": {"kind": "external", "value": first}}
    await tenant.done("POST", f"/v1/customers/{customer}/contact-points", body, service="case-store")
    shown = await tenant.work(older, state="done")
    assert shown["close_reason"] == "merged"
    await tenant.ledger(younger, "SlaRetargeted", 4)
    after = {one["metric"]: one for one in (await tenant.proof(younger))["replayed"]}
    for metric, clock in after.items():
        assert clock["status"] == "running"
        assert clock["started_at"] == before[metric]["started_at"]
        assert clock["due_at"] == before[metric]["due_at"]
    cancelled = await tenant.ledger(older, "SlaCancelled", 4)
    assert len(cancelled) == 4
    assert await tenant.case_of(first) == younger


async def a_transfer_keeps_the_clocks_and_begins_a_wait_of_its_own(centre: Centre) -> None:
    tenant, gil = await _desk(centre, "transfer")
    hue = await hire(tenant, "hue", "side")
    case = await tenant.ask("Hand me on")
    await gil.accept(case)
    before = await tenant.work(case)
    body = {"to_queue": "side", "note": "knows invoices"}
    assert (await hue.on_work(case, "transfer", body)).refused == (409, "work_not_yours")
    assert (await gil.on_work(case, "transfer", {"to_queue": "nowhere"})).refused == (422, "unknown_queue")
    assert (await gil.on_work(case, "transfer", {"note": "?"})).refused == (422, "transfer_target_invalid")
    assert (await gil.on_work(case, "transfer", {"to_agent": "ann"})).refused == (409, "same_agent")
    assert (await tenant.work(case)) == before
    assert (await gil.on_work(case, "transfer", body)).status == 200
    await hue.accept(case)
    after = await tenant.work(case)
    assert (after["sla"], after["queue"], after["note"]) == (before["sla"], "side", "knows invoices")
    assert when(after["queued_at"]) > when(before["queued_at"])
    assert (await hue.on_work(case, "transfer", {"to_agent": "ann", "note": "yours"})).status == 200
    await gil.accept(case)
    assert (await tenant.work(case))["sla"] == before["sla"]


async def a_changed_customer_gets_another_policy_with_the_time_already_used(centre: Centre) -> None:
    """(seen: policy that cannot change once applied)"""
    targets = [{"metric": "first_response", "target": "PT8H"}]
    gold = [{"metric": "first_response", "target": "PT1H"}]
    tenant = await centre.tenant(
        "entitled",
        queues=[queue("front")],
        sla_policies=[
            {"id": "gold", "when": 'customer.entitlement == "gold"', "targets": gold},
            {"id": "default", "targets": targets},
        ],
    )
    sender = await tenant.write("Which promise do I get?")
    case = await tenant.case_of(sender)
    (applied,) = await tenant.ledger(case, "SlaApplied")
    assert applied["entry"]["policy"] == "default"
    customer = await tenant.customer_of(sender)
    await tenant.done("PATCH", f"/v1/customers/{customer}", {"entitlement": "gold"}, service="case-store")
    (moved,) = await tenant.ledger(case, "SlaRetargeted")
    assert (moved["entry"]["previous_policy"], moved["entry"]["policy"]) == ("default", "gold")
    (clock,) = (await tenant.proof(case))["replayed"]
    assert when(clock["due_at"]) == when(clock["started_at"]) + timedelta(hours=1)


async def _desk(centre: Centre, name: str, **policy: Any) -> tuple[Tenant, Desk]:
    """A tenant whose one policy promises a day for each metric, and an agent with room for five."""
    targets = [{"metric": metric, "target": "P1D"} for metric in _ALL]
    policies = [{"id": "day", "targets": targets, "pause_on": ["waiting_on_customer"], **policy}]
    tenant = await centre.tenant(name, queues=[queue("front"), queue("side")], sla_policies=policies)
    return tenant, await hire(tenant, "ann", "front", messaging=5)


async def _answered_and_resolved(tenant: Tenant, desk: Desk) -> tuple[str, str]:
    sender = await tenant.write("A question")
    case = await tenant.case_of(sender)
    await desk.accept(case)
    await desk.replies(case)
    await desk.resolves(case)
    await tenant.work(case, state="done")
    return sender, case


async def _status(tenant: Tenant, case: str) -> dict[str, str]:
    return {one["metric"]: one["status"] for one in (await tenant.proof(case))["replayed"]}


def _by_metric(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=lambda one: str(one["entry"]["metric"]))


SCENARIOS = (
    warnings_and_breach_come_once_never_early_and_act,
    each_metric_runs_by_itself_and_waiting_on_the_customer_pauses,
    a_case_resolved_from_paused_counts_no_paused_time,
    a_closing_thanks_starts_no_clock_but_a_question_does,
    reopening_resumes_with_the_time_that_was_left,
    reopening_restarts_where_the_policy_says_so,
    a_merge_keeps_the_older_start,
    a_transfer_keeps_the_clocks_and_begins_a_wait_of_its_own,
    a_changed_customer_gets_another_policy_with_the_time_already_used,
)
