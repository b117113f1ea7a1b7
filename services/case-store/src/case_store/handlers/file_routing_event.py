"""The router's decisions in the case's timeline, and the case's copy of where its work stands."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from case_store.domain.routing_view import RoutingView, WorkChange, with_work
from case_store.handlers.entries import entry_of
from case_store.handlers.follow_router import follow_router
from case_store.handlers.ports import Work
from contracts import routing
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
    | routing.WorkRelaxed
    | routing.WorkOverflowed
    | routing.WorkTransferred
    | routing.WorkForced
    | routing.ConversationParked
    | routing.ConversationResumed
    | routing.ConsultStarted
    | routing.ConsultEnded
    | routing.WrapUpStarted
    | routing.WorkDone
)
_CHANGES: Final[Mapping[type[Contract], Callable[[Any], WorkChange]]] = {
    routing.WorkQueued: lambda e: {
        "work_state": "queued",
        "queue": e.queue,
        "work_priority": e.priority,
        "agent_id": None,
        "offered_to": None,
    },
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
    routing.WorkRelaxed: lambda _: {},
    routing.WorkOverflowed: lambda e: {"queue": e.to_queue},
    routing.WorkTransferred: lambda e: {
        "work_state": "queued",
        "queue": e.queue,
        "agent_id": None,
        "offered_to": None,
    },
    routing.WorkForced: lambda _: {},
    routing.ConversationParked: lambda _: {},
    routing.ConversationResumed: lambda _: {},
    routing.ConsultStarted: lambda _: {},
    routing.ConsultEnded: lambda _: {},
    routing.WrapUpStarted: lambda e: {"work_state": "wrapping"},
    routing.WorkDone: lambda e: {"work_state": "done", "agent_id": None, "offered_to": None},
}


async def file_routing_event(event: CaseRouting, envelope: Envelope, work: Work) -> None:
    view = await view_of(event.case_id, work)
    changed = with_work(view, _CHANGES[type(event)](event), envelope.time)
    await work.cases.set_routing(event.case_id, changed, entry_of(envelope.id, event, envelope.time))
    await follow_router(event, work)


async def view_of(case_id: UUID, work: Work) -> RoutingView:
    view = await work.cases.lock_routing(case_id)
    if view is None:
        raise NotFound("case", case_id)
    return view
