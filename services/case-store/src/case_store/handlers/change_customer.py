from dataclasses import replace
from typing import TypedDict
from uuid import UUID

from case_store.domain.customer import Customer
from case_store.handlers import facts
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import check_revision
from case_store.handlers.tell_router import tell_facts
from runtime.errors import NotFound


class CustomerChange(TypedDict, total=False):
    """A field that is left out stays as it is; none clears it."""

    display_name: str | None
    tier: str | None
    entitlement: str | None
    organisation: str | None
    tags: tuple[str, ...]
    language: str | None


async def change_customer(
    customer_id: UUID, change: CustomerChange, work: Work, *, revision: int | None = None
) -> Customer:
    customer = (await work.people.lock_customers([customer_id])).get(customer_id)
    if customer is None:
        raise NotFound("customer", customer_id)
    check_revision(customer.revision, revision)
    changed = replace(customer, **change, revision=customer.revision + 1)
    await work.people.change_facts(changed)
    if facts.customer_facts(changed) != facts.customer_facts(customer):
        for case in (await work.cases.open_cases_of(customer.id)).values():
            await tell_facts(case, work, customer=changed)
    return changed
