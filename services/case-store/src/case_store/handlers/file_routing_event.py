"""The router's decisions in the case's timeline, and the case's copy of where its work stands."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from case_store.domain.routing_view import RoutingView, SlaClock, WorkChange, with_clock, with_work
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from contracts import routing, sla
from contracts.base import Contract
from contracts.envelope import Envelope
from runtime.errors import NotFound

CaseRouting = (
    routing.WorkQueued
    | routing.WorkOffered
    | routing.OfferEnded
    | routing.AutoOfferStopped
    | routing.WorkAssigned
    | routing.AssignmentEnded
    | routing.WorkRequeued
    | routing.WrapUpStarted
    | routing.WorkDone
)
SlaEntry = (
    sla.SlaApplied
    | sla.SlaPaused
    | sla.SlaResumed
    | sla.SlaRetargeted
    | sla.SlaWarned
    | sla.SlaBreached
    | sla.SlaFulfilled
    | sla.SlaCancelled
)

_CHANGES: Final[Mapping[type[Contract], Callable[[Any], WorkChange]]] = {
    routing.WorkQueued: lambda e: {"work_state": "queued", "queue": e.queue, "agent_id": None, "offered_to": None},
    routing.WorkOffered: lambda e: {"work_state": "offered", "queue": e.queue, "offered_to": e.agent_id},
    routing.OfferEnded: lambda e: {"work_state": "queued", "offered_to": None},
    routing.AutoOfferStopped: lambda e: {"offered_to": None},
    routing.WorkAssigned: lambda e: {
        "work_state": "assigned",
        "queue": e.queue,
        "agent_id": e.agent_id,
        "offered_to": None,
    },
    routing.AssignmentEnded: lambda e: {"agent_id": None},
    routing.WorkRequeued: lambda e: {"work_state": "queued", "queue": e.queue, "agent_id": None, "offered_to": None},
    routing.WrapUpStarted: lambda e: {"work_state": "wrapping_up"},
    routing.WorkDone: lambda e: {"work_state": "done", "agent_id": None, "offered_to": None},
}
_CLOCK_STATES: Final[Mapping[type[Contract], str]] = {
    sla.SlaApplied: "running",
    sla.SlaPaused: "paused",
    sla.SlaResumed: "running",
    sla.SlaRetargeted: "running",
    sla.SlaWarned: "warned",
    sla.SlaBreached: "breached",
    sla.SlaFulfilled: "fulfilled",
    sla.SlaCancelled: "cancelled",
}


async def file_routing_event(event: CaseRouting, envelope: Envelope, work: Work) -> None:
    view = await _view(event, work)
    changed = with_work(view, _CHANGES[type(event)](event), envelope.time)
    await work.cases.set_routing(event.case_id, changed, entry_of(envelope.id, event, envelope.time))


async def file_sla_entry(event: SlaEntry, envelope: Envelope, work: Work) -> None:
    clock = SlaClock(_CLOCK_STATES[type(event)], event.policy, event.at, event.due_at)
    view = await _view(event, work)
    changed = with_clock(view, event.metric, clock)
    await work.cases.set_routing(event.case_id, changed, entry_of(envelope.id, event, event.at))


async def _view(event: CaseRouting | SlaEntry, work: Work) -> RoutingView:
    view = await work.cases.lock_routing(event.case_id)
    if view is None:
        raise NotFound("case", event.case_id)
    return view
