from dataclasses import replace

from case_store.domain.case import Case, CaseStatus
from case_store.domain.customer import Customer
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from case_store.handlers.reopen_case import request_work
from contracts.cases import CasesMerged
from contracts.routing import WorkMerged
from contracts.topics import CASE_EVENTS, ROUTING_COMMANDS
from contracts.values import Author


async def merge_cases(source: Case, target: Case, customer: Customer, by: Author, work: Work) -> None:
    """The source's messages go on, in order, after the target's last; its timeline stays where it is. Both are locked and open."""
    await work.history.merge(source.id, target.id)
    merged = replace(source, status=CaseStatus.MERGED, merged_into=target.id, customer_id=customer.id)
    await work.cases.change(merged)
    told = CasesMerged(case_id=source.id, into_case_id=target.id, merged_at=work.now)
    event_id = work.emitter.emit(CASE_EVENTS, str(source.id), told)
    for case in (source, target):
        await work.cases.file(case.id, entry_of(event_id, told, work.now))
    if source.work_requested:
        if not target.work_requested:
            await work.cases.change(replace(target, work_requested=True))
            await request_work(target, customer, work, reopened=False)
        ended = WorkMerged(case_id=source.id, into_case_id=target.id, merged_at=work.now)
        work.emitter.emit(ROUTING_COMMANDS, work.emitter.tenant, ended)
