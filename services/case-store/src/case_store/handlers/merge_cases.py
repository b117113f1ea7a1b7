from dataclasses import replace

from case_store.domain.case import Case, CaseStatus
from case_store.domain.customer import Customer
from case_store.domain.pauses import WAITING_ON_CUSTOMER
from case_store.handlers.entries import entry_of
from case_store.handlers.merge_handlings import merge_handlings
from case_store.handlers.ports import Work
from case_store.handlers.reopen_case import request_work
from case_store.handlers.resume_case import resume
from case_store.handlers.tell_router import tell_merged
from contracts.cases import CasesMerged
from contracts.routing import WorkMerged
from contracts.topics import CASE_EVENTS
from contracts.values import Author


async def merge_cases(source: Case, target: Case, customer: Customer, by: Author, work: Work) -> Case:
    """The source's messages go on, in order, after the target's last; its timeline stays where it is. Both are locked, the target
    is open. Returns what the source is then.
    """
    await work.history.merge(source.id, target.id)
    merged = replace(
        source,
        status=CaseStatus.MERGED,
        merged_into=target.id,
        customer_id=customer.id,
        resolved_at=None,
        resolution=None,
        pauses={},
        revision=source.revision + 1,
    )
    await work.cases.change(merged)
    told = CasesMerged(case_id=source.id, into_case_id=target.id, merged_at=work.now)
    event_id = work.emitter.emit(CASE_EVENTS, str(source.id), told)
    for case in (source, target):
        await work.cases.file(case.id, entry_of(event_id, told, work.now))
    if source.has_work:
        await _merge_work(source, target, customer, by, work)
    await merge_handlings(source, target, by, work)
    return merged


async def _merge_work(source: Case, target: Case, customer: Customer, by: Author, work: Work) -> None:
    """Somebody who waits for an answer waits on in the other case, which therefore waits for nobody."""
    if not target.work_requested:
        target = replace(target, work_requested=True)
        await work.cases.change(target)
        await request_work(target, customer, work)
    await tell_merged(WorkMerged(case_id=source.id, into_case_id=target.id, merged_at=work.now), work)
    if WAITING_ON_CUSTOMER in target.pauses and WAITING_ON_CUSTOMER not in source.pauses:
        await resume(target, [WAITING_ON_CUSTOMER], by, work)
