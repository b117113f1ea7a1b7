from dataclasses import replace
from uuid import UUID

from case_store.domain.case import Case, CaseStatus
from case_store.domain.handling import Why
from case_store.handlers.entries import entry_of
from case_store.handlers.handlings import end_handling
from case_store.handlers.ports import Work
from case_store.handlers.tell_router import tell_router
from contracts.cases import CaseResolved
from contracts.routing import WorkClosed
from contracts.topics import CASE_EVENTS
from contracts.values import Author
from runtime.errors import NotFound, Refused


def check_revision(held: int, expected: int | None) -> None:
    """`expected` is the caller's If-Match; none means that they don't mind."""
    if expected is not None and expected != held:
        raise Refused("changed_meanwhile", "somebody changed it since you read it; read it again", status=412)


def refuse_merged(case: Case) -> None:
    if case.status is CaseStatus.MERGED:
        raise Refused("case_merged", f"the case goes on in {case.merged_into}")


async def lock_open(case_id: UUID, work: Work, revision: int | None = None) -> Case:
    case = await work.cases.lock(case_id)
    if case is None:
        raise NotFound("case", case_id)
    check_revision(case.revision, revision)
    return still_open(case)


def still_open(case: Case) -> Case:
    """Itself. Raises Refused for one that ended."""
    refuse_merged(case)
    if case.status is CaseStatus.RESOLVED:
        raise Refused("case_resolved", "the case is resolved; reopen it first")
    return case


async def resolve_case(
    case_id: UUID, by: Author, work: Work, *, reason: str = "resolved", revision: int | None = None
) -> Case:
    return await resolve(await lock_open(case_id, work, revision), by, reason, work)


async def resolve(case: Case, by: Author, reason: str, work: Work) -> Case:
    """A locked, open case. It waits for nothing any more."""
    resolved = replace(
        case,
        status=CaseStatus.RESOLVED,
        resolved_at=work.now,
        resolution=reason,
        pauses={},
        revision=case.revision + 1,
    )
    await work.cases.change(resolved)
    told = CaseResolved(case_id=case.id, customer_id=case.customer_id, by=by, reason=reason, resolved_at=work.now)
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), told)
    await work.cases.file(case.id, entry_of(event_id, told, work.now))
    await end_handling(resolved, Why.RESOLVED, by, work)
    if case.work_requested:
        closed = WorkClosed(case_id=case.id, reason=reason, by=by, closed_at=work.now)
        await tell_router(case.id, closed, work)
    return resolved
