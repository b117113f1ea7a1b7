from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from case_store.domain.case import Case, CaseStatus
from case_store.domain.customer import Customer
from case_store.domain.handling import Why, queued
from case_store.handlers import facts
from case_store.handlers.entries import entry_of
from case_store.handlers.handlings import has_bots, keep
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import check_revision, refuse_merged
from case_store.handlers.tell_router import tell_router
from contracts.cases import CaseReopened
from contracts.routing import WorkRequested
from contracts.topics import CASE_EVENTS
from contracts.values import Author, ContentKind, MessageFacts
from runtime.errors import NotFound, Refused


async def reopen_case(case_id: UUID, by: Author, work: Work, *, revision: int | None = None) -> Case:
    case, customer = await _locked(case_id, work)
    check_revision(case.revision, revision)
    refuse_merged(case)
    if case.status is CaseStatus.OPEN:
        raise Refused("case_open", "the case is open already")
    if await work.cases.open_cases_of(customer.id):
        raise Refused("another_case_open", "the customer has another open case")
    reopened = replace(opened_again(case), revision=case.revision + 1)
    await work.cases.change(reopened)
    told = CaseReopened(case_id=case.id, customer_id=case.customer_id, by=by, reopened_at=work.now)
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), told)
    await work.cases.file(case.id, entry_of(event_id, told, work.now))
    held = await work.handlings.of(case.id) if has_bots(work) else None
    if held is not None:
        await keep(reopened, queued(held, Why.REOPENED, work.now), held, by, work)
    await request_work(reopened, customer, work)
    return reopened


def opened_again(case: Case) -> Case:
    return replace(case, status=CaseStatus.OPEN, resolved_at=None, resolution=None, reopened=True, work_requested=True)


async def request_work(
    case: Case,
    customer: Customer,
    work: Work,
    *,
    requested_at: datetime | None = None,
    queue: str | None = None,
    skills: Mapping[str, int] | None = None,
    returned: bool = False,
    sentiment: float | None = None,
) -> None:
    """For a case whose latest customer message is not the one being handled; as of now, unless it was asked for earlier."""
    words = await work.history.last_words(case.id)
    said = (
        facts.facts_of(words) if words else MessageFacts(id=case.id, channel="", account="", kind=ContentKind.UNKNOWN)
    )
    wanted = WorkRequested(
        case=facts.case_facts(case),
        customer=facts.customer_facts(customer, await work.cases.last_agent_of(customer.id)),
        message=said.model_copy(update={"sentiment": sentiment}),
        requested_at=requested_at or work.now,
        asked_by_message=False,
        queue=queue,
        skills=dict(skills) if skills is not None else None,
        returned=returned,
    )
    await tell_router(case.id, wanted, work)


async def _locked(case_id: UUID, work: Work) -> tuple[Case, Customer]:
    """The customer before the case, as everywhere: their other cases must not open meanwhile."""
    owner = await work.cases.customer_of(case_id)
    if owner is None:
        raise NotFound("case", case_id)
    customers = await work.people.lock_customers([owner])
    case = await work.cases.lock(case_id)
    if case is None or case.customer_id != owner:
        raise Refused("changed_meanwhile", "the case moved to another customer; try again", status=412)
    return case, customers[owner]
