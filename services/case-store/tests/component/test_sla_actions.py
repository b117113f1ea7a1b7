"""What a policy does at a warning or a breach, carried out once each."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseChanged, SupervisorNotified
from contracts.envelope import Envelope
from contracts.outbound import WebhookDelivered, WebhookFailed, WebhookRequested
from contracts.routing import CaseFactsChanged, WorkAssigned, WorkQueued, WorkRequeued
from contracts.sla import SlaActionKind, SlaActionTaken, SlaApplied

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC).replace(microsecond=0)


def action(case_id: Any, kind: str, value: str = "", *, trigger: str = "breach", applied: bool = True) -> Envelope:
    taken = SlaActionTaken(
        case_id=case_id,
        metric="first_response",
        policy="gold",
        policy_revision=3,
        trigger=trigger,
        action=SlaActionKind(kind),
        value=value,
        applied=applied,
        at=NOW,
    )
    return Envelope(uuid4(), "acme", "router", NOW, taken)


async def routed_case(house) -> Any:
    case_id = await house.open_case()
    due = NOW + timedelta(minutes=5)
    ledger: dict[str, Any] = {"policy": "gold", "policy_revision": 3, "target_ms": 300_000, "remaining_ms": 300_000}
    await house.deliver(
        WorkQueued(case_id=case_id, queue="main", priority=5, queued_at=NOW),
        WorkAssigned(case_id=case_id, assignment_id=uuid4(), agent_id="aiko", queue="main", assigned_at=NOW),
        SlaApplied(case_id=case_id, metric="first_response", cause="x", at=NOW, due_at=due, **ledger),
    )
    await house.emitted()
    return case_id


async def shown(house, case_id: object) -> dict[str, Any]:
    return dict((await house.api.get(f"/v1/cases/{case_id}")).json())


async def types(house, case_id: object) -> list[str]:
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    return [entry["type"] for entry in timeline]


async def test_a_tag_joins_the_case_and_the_router_hears_of_it_once(house) -> None:
    case_id = await routed_case(house)
    tagged = action(case_id, "tag", "late")
    await house.deliver_enveloped(tagged, tagged)
    await house.deliver_enveloped(tagged)
    told, facts = await house.emitted()
    assert (type(told), told.changed, told.by.id) == (CaseChanged, ("tags",), "router")
    assert (type(facts), facts.case.tags, facts.priority_changed) == (CaseFactsChanged, ("late",), False)
    await house.deliver_enveloped(action(case_id, "tag", "late", trigger="80%"))
    assert await house.emitted() == []
    assert (await shown(house, case_id))["tags"] == ["late"]
    assert (await types(house, case_id)).count("SlaActionTaken") == 2


async def test_the_cases_priority_follows_what_the_router_raised(house) -> None:
    case_id = await routed_case(house)
    assert (await shown(house, case_id))["priority"] == 5
    await house.deliver_enveloped(action(case_id, "raise_priority", "2"))
    assert (await shown(house, case_id))["priority"] == 2
    facts = await house.emitted(CaseFactsChanged)
    assert [(one.case.priority, one.priority_changed) for one in facts] == [(2, False)]
    await house.deliver_enveloped(action(case_id, "raise_priority", "1", applied=False))
    assert (await shown(house, case_id))["priority"] == 2
    await house.deliver_enveloped(action(case_id, "tag", "late"))
    (facts,) = await house.emitted(CaseFactsChanged)
    assert (facts.case.priority, facts.priority_changed) == (2, False)


async def test_work_that_was_moved_is_shown_where_it_is(house) -> None:
    case_id = await routed_case(house)
    moved = WorkRequeued(case_id=case_id, queue="escalations", reason="sla", requeued_at=NOW)
    await house.deliver(moved)
    await house.deliver_enveloped(action(case_id, "move_queue", "escalations"))
    held = (await shown(house, case_id))["routing"]
    assert (held["queue"], held["work_state"], held["agent_id"]) == ("escalations", "queued", None)
    assert (await types(house, case_id))[-2:] == ["WorkRequeued", "SlaActionTaken"]


async def test_a_supervisor_is_notified_once_with_who_has_the_work(house) -> None:
    case_id = await routed_case(house)
    notified = action(case_id, "notify_supervisor", "team-lead", trigger="80%")
    await house.deliver_enveloped(notified, notified)
    await house.deliver_enveloped(notified)
    (told,) = await house.emitted()
    assert type(told) is SupervisorNotified
    assert (told.whom, told.trigger, told.metric, told.queue, told.agent_id) == (
        "team-lead",
        "80%",
        "first_response",
        "main",
        "aiko",
    )
    assert (await types(house, case_id))[-2:] == ["SlaActionTaken", "SupervisorNotified"]


@pytest.mark.parametrize(("trigger", "kind"), [("breach", "sla.breached"), ("80%", "sla.warned")])
async def test_a_webhook_is_asked_for_once_under_the_events_id(house, trigger: str, kind: str) -> None:
    case_id = await routed_case(house)
    await house.deliver_enveloped(action(case_id, "tag", "vip"))
    await house.emitted()
    called = action(case_id, "webhook", "pager", trigger=trigger)
    await house.deliver_enveloped(called, called)
    await house.deliver_enveloped(called)
    (asked,) = await house.emitted()
    assert type(asked) is WebhookRequested
    assert (asked.request_id, asked.webhook, asked.type) == (called.id, "pager", kind)
    assert (asked.data.trigger, asked.data.tags, asked.data.priority) == (trigger, ("vip",), 5)
    assert (asked.data.queue, asked.data.agent_id) == ("main", "aiko")
    assert asked.data.due_at == NOW + timedelta(minutes=5)


async def test_what_became_of_a_webhook_is_in_the_timeline(house) -> None:
    case_id = await routed_case(house)
    stated: dict[str, Any] = {"request_id": uuid4(), "case_id": case_id, "webhook": "pager", "attempts": 1}
    await house.deliver(
        WebhookDelivered(**stated, delivered_at=NOW),
        WebhookFailed(**stated, code="expired", reason="nobody took it", failed_at=NOW),
    )
    assert (await types(house, case_id))[-2:] == ["WebhookDelivered", "WebhookFailed"]


async def test_a_tag_of_a_case_that_is_over_is_kept_and_told_to_no_router(house) -> None:
    case_id = await routed_case(house)
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    await house.deliver_enveloped(action(case_id, "tag", "late"))
    assert [type(event) for event in await house.emitted()] == [CaseChanged]
    assert (await shown(house, case_id))["tags"] == ["late"]


async def test_of_a_priority_that_somebody_stated_meanwhile_the_policys_holds_on_both_sides(house) -> None:
    case_id = await routed_case(house)
    await house.api.patch(f"/v1/cases/{case_id}", json={"priority": 7})
    await house.emitted()
    await house.deliver_enveloped(action(case_id, "raise_priority", "1"))
    (facts,) = await house.emitted(CaseFactsChanged)
    assert (facts.case.priority, facts.priority_changed) == (1, True)


@pytest.mark.parametrize(("kind", "value"), [("tag", "late"), ("raise_priority", "1")])
async def test_an_action_of_a_case_that_was_merged_meanwhile_is_filed_and_leaves_the_other_case_alone(
    house, kind: str, value: str
) -> None:
    target = await routed_case(house)
    source = await house.open_case(house.whatsapp_message())
    body = {"into": str(target), "merge_customers": True}
    assert (await house.api.post(f"/v1/cases/{source}/merge", json=body)).status_code == 200
    before = await shown(house, target)
    await house.emitted()
    await house.deliver_enveloped(action(source, kind, value))
    assert await house.emitted() == []
    assert (await types(house, source))[-1] == "SlaActionTaken"
    assert await shown(house, target) == before
