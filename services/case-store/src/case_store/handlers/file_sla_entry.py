"""The SLA ledger in the case's timeline, and the case's copy of its clocks."""

from collections.abc import Mapping
from typing import Final

from case_store.domain import routing_view
from case_store.domain.routing_view import SlaClock, with_clock
from case_store.handlers.entries import entry_of
from case_store.handlers.file_routing_event import view_of
from case_store.handlers.ports import Work
from contracts import sla
from contracts.base import Contract
from contracts.envelope import Envelope

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
_CLOCK_STATES: Final[Mapping[type[Contract], str]] = {
    sla.SlaApplied: routing_view.APPLIED,
    sla.SlaPaused: routing_view.PAUSED,
    sla.SlaResumed: routing_view.RESUMED,
    sla.SlaRetargeted: routing_view.RETARGETED,
    sla.SlaWarned: "warned",
    sla.SlaBreached: routing_view.BREACHED,
    sla.SlaFulfilled: "fulfilled",
    sla.SlaCancelled: "cancelled",
}


async def file_sla_entry(event: SlaEntry, envelope: Envelope, work: Work) -> None:
    view = await view_of(event.case_id, work)
    changed = with_clock(view, event.metric, _clock(event, envelope))
    await work.cases.set_routing(event.case_id, changed, entry_of(envelope.id, event, event.at))


def _clock(event: SlaEntry, envelope: Envelope) -> SlaClock:
    goes_on = isinstance(event, sla.SlaApplied) and event.resumed
    return SlaClock(
        state=routing_view.RESUMED if goes_on else _CLOCK_STATES[type(event)],
        policy=event.policy,
        at=event.at,
        due_at=event.due_at,
        told_at=envelope.time,
        remaining_ms=event.remaining_ms,
        breached_at=event.at if isinstance(event, sla.SlaBreached) else None,
    )
