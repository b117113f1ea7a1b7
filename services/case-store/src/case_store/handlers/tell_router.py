"""Facts about a case as commands to the router. Nothing is said of work that it doesn't know."""

from case_store.domain.case import Case
from case_store.domain.customer import Customer
from case_store.handlers import facts
from case_store.handlers.ports import Work
from contracts.routing import CaseFactsChanged, WorkPaused, WorkResumed
from contracts.topics import ROUTING_COMMANDS
from runtime.errors import NotFound


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
    work.emitter.emit(ROUTING_COMMANDS, work.emitter.tenant, changed)


def tell_paused(case: Case, reason: str, work: Work) -> None:
    if case.has_work:
        told = WorkPaused(case_id=case.id, reason=reason, paused_at=work.now)
        work.emitter.emit(ROUTING_COMMANDS, work.emitter.tenant, told)


def tell_resumed(case: Case, reason: str, work: Work) -> None:
    if case.has_work:
        told = WorkResumed(case_id=case.id, reason=reason, resumed_at=work.now)
        work.emitter.emit(ROUTING_COMMANDS, work.emitter.tenant, told)
