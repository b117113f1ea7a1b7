from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from case_store.domain import pauses
from case_store.domain.case import Case
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import lock_open
from case_store.handlers.tell_router import tell_resumed
from contracts.cases import CaseResumed
from contracts.topics import CASE_EVENTS
from contracts.values import Author
from runtime.errors import Refused


async def resume_case(case_id: UUID, reason: str | None, by: Author, work: Work, *, revision: int | None) -> Case:
    """Without a reason, whatever it waits for ends."""
    case = await lock_open(case_id, work, revision)
    ended = [held for held in case.pauses if reason in (None, held)]
    if not ended:
        raise Refused("case_not_paused", f"the case is not paused{f' for {reason}' if reason else ''}")
    return await resume(case, ended, by, work)


async def resume(case: Case, reasons: Sequence[str], by: Author, work: Work) -> Case:
    resumed = replace(pauses.resumed(case, reasons), revision=case.revision + 1)
    await work.cases.change(resumed)
    for reason in reasons:
        told = CaseResumed(case_id=case.id, customer_id=case.customer_id, reason=reason, by=by, resumed_at=work.now)
        event_id = work.emitter.emit(CASE_EVENTS, str(case.id), told)
        await work.cases.file(case.id, entry_of(event_id, told, work.now))
        await tell_resumed(resumed, reason, work)
    return resumed
