"""The router's decisions, as the case shows them."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest

from case_store.entrypoints.consumer import HANDLERS
from case_store.handlers.file_routing_event import CaseRouting
from case_store.handlers.file_sla_entry import SlaEntry
from contracts import routing
from contracts import sla as ledger
from contracts.envelope import Envelope
from contracts.topics import ROUTING_EVENTS
from runtime.errors import NotFound

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def test_every_routing_event_of_a_case_is_in_the_table() -> None:
    acted_on = {ledger.SlaActionTaken, routing.CallbackPromised, routing.WorkTurnedAway}
    assert set(HANDLERS[ROUTING_EVENTS]) == {*get_args(CaseRouting), *get_args(SlaEntry), *acted_on}


def sla(kind: Any, case_id: object, metric: str = "first_response", at: datetime = NOW, **fields: Any) -> Any:
    stated = {"policy": "gold", "policy_revision": 1, "target_ms": 900_000, "remaining_ms": 900_000, "cause": "opened"}
    return kind(**{"case_id": case_id, "metric": metric, "at": at, **stated, **fields})


def envelope(event: Any, at: datetime) -> Envelope:
    return Envelope(uuid4(), "acme", "router", at, event)


async def snapshot(house, case_id: object) -> dict[str, Any]:
    return dict((await house.api.get(f"/v1/cases/{case_id}")).json()["routing"])


async def test_a_case_shows_where_its_work_stands(house) -> None:
    case_id, offer = await house.open_case(), uuid4()
    queued = routing.WorkQueued(case_id=case_id, queue="main", priority=5, queued_at=NOW)
    offered = routing.WorkOffered(
        case_id=case_id, offer_id=offer, agent_id="aiko", queue="main", offered_at=NOW, expires_at=NOW
    )
    assigned = routing.WorkAssigned(
        case_id=case_id, assignment_id=uuid4(), agent_id="aiko", queue="main", assigned_at=NOW
    )
    due = NOW + timedelta(minutes=15)
    await house.deliver(queued, sla(ledger.SlaApplied, case_id, due_at=due))
    assert (await snapshot(house, case_id))["queue"] == "main"
    await house.deliver(offered)
    assert (await snapshot(house, case_id))["offered_to"] == "aiko"
    await house.deliver(assigned)
    held = await snapshot(house, case_id)
    assert (held["work_state"], held["agent_id"], held["offered_to"]) == ("assigned", "aiko", None)
    assert held["sla"]["first_response"]["due_at"] == "2026-11-21T09:15:00.000Z"
    mine = (await house.api.get("/v1/cases", params={"agent_id": "aiko"})).json()["items"]
    assert [case["id"] for case in mine] == [str(case_id)]
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [entry["type"] for entry in timeline[2:]] == ["WorkQueued", "SlaApplied", "WorkOffered", "WorkAssigned"]
    assert [entry["position"] for entry in timeline] == list(range(1, 7))


async def test_routing_events_out_of_order_or_twice_leave_the_newest_state_and_one_line_each(house) -> None:
    case_id = await house.open_case()
    queued = envelope(routing.WorkQueued(case_id=case_id, queue="main", priority=5, queued_at=NOW), NOW)
    done = envelope(routing.WorkDone(case_id=case_id, reason="resolved", done_at=NOW), NOW + timedelta(seconds=1))
    breached = envelope(sla(ledger.SlaBreached, case_id), NOW + timedelta(minutes=1))
    applied = envelope(sla(ledger.SlaApplied, case_id), NOW)
    for each in (done, queued, breached, applied, queued, done):
        await house.deliver_enveloped(each)
    held = await snapshot(house, case_id)
    assert (held["work_state"], held["sla"]["first_response"]["state"]) == ("done", "breached")
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [entry["position"] for entry in timeline] == [1, 2, 3, 4, 5, 6]


async def test_wrap_up_is_called_what_the_router_calls_it_and_says_of_which_moment(house) -> None:
    case_id, later = await house.open_case(), NOW + timedelta(seconds=9)
    assert (await snapshot(house, case_id))["as_of"] is None
    started = routing.WrapUpStarted(case_id=case_id, agent_id="aiko", started_at=later)
    await house.deliver_enveloped(envelope(started, later))
    held = await snapshot(house, case_id)
    assert (held["work_state"], held["as_of"]) == ("wrapping", "2026-11-21T09:00:09.000Z")


async def test_the_last_agent_is_told_to_the_router_when_the_case_reopens(house) -> None:
    case_id = await house.open_case()
    await house.deliver(
        routing.WorkAssigned(case_id=case_id, assignment_id=uuid4(), agent_id="aiko", queue="main", assigned_at=NOW),
        routing.WorkDone(case_id=case_id, reason="resolved", done_at=NOW),
    )
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    await house.deliver(house.line_message())
    (asked,) = await house.emitted(routing.WorkRequested)
    assert asked.case.last_agent_id == "aiko"


async def test_the_last_agent_of_a_customer_is_told_to_the_router_with_a_new_case(house) -> None:
    house.configs.accept(house.tenant_config("acme", revision=2, reopen_within=timedelta(0)))
    first = await house.open_case()
    (asked,) = await house.emitted(routing.WorkRequested)
    assert asked.customer.last_agent_id is None
    for case_id, agent_id in ((first, "aiko"), (await house.open_case(house.line_message("U2")), "ken")):
        assigned = routing.WorkAssigned(
            case_id=case_id, assignment_id=uuid4(), agent_id=agent_id, queue="main", assigned_at=NOW
        )
        await house.deliver(assigned)
    await house.api.post(f"/v1/cases/{first}/resolve")
    await house.emitted()
    second = await house.open_case()
    (asked,) = await house.emitted(routing.WorkRequested)
    assert second != first
    assert (asked.case.last_agent_id, asked.customer.last_agent_id) == (None, "aiko")
    await house.api.patch(f"/v1/cases/{second}", json={"tags": ["refund"]})
    (changed,) = await house.emitted(routing.CaseFactsChanged)
    assert changed.customer.last_agent_id == "aiko"


async def test_a_routing_event_of_a_case_that_is_not_ours_is_refused(house) -> None:
    queued = routing.WorkQueued(case_id=await house.open_case(), queue="main", priority=5, queued_at=NOW)
    with pytest.raises(NotFound):
        await house.deliver(queued, tenant="beta")
