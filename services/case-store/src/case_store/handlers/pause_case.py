from dataclasses import replace
from uuid import UUID

from case_store.domain import pauses
from case_store.domain.case import Case
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import lock_open
from case_store.handlers.tell_router import tell_paused
from contracts.cases import CasePaused
from contracts.topics import CASE_EVENTS
from contracts.values import Author


async def pause_case(case_id: UUID, reason: str, by: Author, work: Work, *, revision: int | None) -> Case:
    """Several reasons may hold at once. One that holds already is no news, but the router hears it again."""
    case = await lock_open(case_id, work, revision)
    await tell_paused(case, reason, work)
    if reason in case.pauses:
        return case
    paused = replace(pauses.paused(case, reason, work.now), revision=case.revision + 1)
    await work.cases.change(paused)
    told = CasePaused(case_id=case.id, customer_id=case.customer_id, reason=reason, by=by, paused_at=work.now)
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), told)
    await work.cases.file(case.id, entry_of(event_id, told, work.now))
    return paused
