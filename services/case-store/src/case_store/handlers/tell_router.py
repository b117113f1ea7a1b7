"""Commands about a case to the router. Nothing is said of work that it doesn't know."""

from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.customer import Customer
from case_store.handlers import facts
from case_store.handlers.ports import Work
from contracts.routing import CaseCommand, CaseFactsChanged, WorkMerged, WorkPaused, WorkResumed
from contracts.topics import ROUTING_COMMANDS
from runtime.errors import NotFound


async def tell_router(case_id: UUID, command: CaseCommand, work: Work, *, sequence: int | None = None) -> None:
    """About a locked case. Whatever lane it leaves by, its number says where it belongs; `sequence` is one taken for it already."""
    number = sequence if sequence is not None else await work.cases.next_command(case_id)
    numbered = command.model_copy(update={"sequence": number})
    work.emitter.emit(ROUTING_COMMANDS, work.emitter.tenant, numbered)


async def tell_merged(merged: WorkMerged, work: Work) -> None:
    """It is said about both cases."""
    number = await work.cases.next_command(merged.into_case_id)
    await tell_router(merged.case_id, merged.model_copy(update={"into_sequence": number}), work)


async def tell_facts(
    case: Case, work: Work, *, customer: Customer | None = None, priority_changed: bool = False
) -> None:
    """The work keeps its own priority, which a policy may have raised, unless somebody changed the case's."""
    if not case.has_work:
        return
    customer = customer or await work.people.read(case.customer_id)
    if customer is None:
        raise NotFound("customer", case.customer_id)
    changed = CaseFactsChanged(
        case=facts.case_facts(case),
        customer=facts.customer_facts(customer, await work.cases.last_agent_of(customer.id)),
        priority_changed=priority_changed,
        changed_at=work.now,
    )
    await tell_router(case.id, changed, work)


async def tell_paused(case: Case, reason: str, work: Work) -> None:
    if case.has_work:
        await tell_router(case.id, WorkPaused(case_id=case.id, reason=reason, paused_at=work.now), work)


async def tell_resumed(case: Case, reason: str, work: Work) -> None:
    if case.has_work:
        await tell_router(case.id, WorkResumed(case_id=case.id, reason=reason, resumed_at=work.now), work)
