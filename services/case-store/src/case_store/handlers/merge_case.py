"""Two cases are one. Cases of two customers are one only if the customers are."""

from dataclasses import dataclass
from uuid import UUID

from case_store.domain.case import Case, CaseStatus
from case_store.domain.customer import Customer
from case_store.handlers.merge_cases import merge_cases
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import check_revision, refuse_merged
from contracts.cases import CustomerLinked
from contracts.topics import CASE_EVENTS
from contracts.values import Author
from runtime.errors import Malformed, NotFound, Refused


@dataclass(frozen=True, slots=True)
class MergeCase:
    case_id: UUID
    into: UUID
    by: Author
    merge_customers: bool = False
    revision: int | None = None


async def merge_case(command: MergeCase, work: Work) -> Case:
    if command.case_id == command.into:
        raise Malformed("a case can't be merged into itself", code="merged_into_itself", pointer="/into")
    customers, source, target = await _lock(command, work)
    check_revision(source.revision, command.revision)
    refuse_merged(source)
    if target.status is not CaseStatus.OPEN:
        raise Refused("target_not_open", f"the case to go on in is {target.status.value}", pointer="/into")
    theirs, ours = customers[source.customer_id], customers[target.customer_id]
    if theirs.id != ours.id:
        await _check(command, theirs, ours, source, work)
    merged = await merge_cases(source, target, ours, command.by, work)
    if theirs.id != ours.id:
        await _become_one(theirs, ours, work)
    return merged


async def _lock(command: MergeCase, work: Work) -> tuple[dict[UUID, Customer], Case, Case]:
    """Customers before cases, and each by id, as everywhere."""
    wanted = sorted((command.case_id, command.into))
    owners = {case_id: await work.cases.customer_of(case_id) for case_id in wanted}
    for case_id in (command.case_id, command.into):
        if owners[case_id] is None:
            raise NotFound("case", case_id)
    customers = await work.people.lock_customers([owner for owner in owners.values() if owner])
    cases = {case_id: await work.cases.lock(case_id) for case_id in wanted}
    source, target = cases[command.case_id], cases[command.into]
    if source is None or target is None or not {source.customer_id, target.customer_id} <= customers.keys():
        raise Refused("changed_meanwhile", "a case moved to another customer; try again", status=412)
    return customers, source, target


async def _check(command: MergeCase, theirs: Customer, ours: Customer, source: Case, work: Work) -> None:
    if not command.merge_customers:
        sentence = "the cases are of two customers; send merge_customers: true if they are the same one"
        raise Refused("different_customers", sentence, pointer="/merge_customers")
    if theirs.kind is not ours.kind:
        raise Refused("different_kinds", f"a {theirs.kind.value} and a {ours.kind.value} can't be one customer")
    other = (await work.cases.open_cases_of(theirs.id)).get(theirs.id)
    if other is not None and other.id != source.id:
        raise Refused("another_case_open", f"the customer has another open case, {other.id}; merge that one first")


async def _become_one(theirs: Customer, ours: Customer, work: Work) -> None:
    await work.cases.move_resolved(theirs.id, ours.id)
    for point in await work.people.move_all(theirs.id, ours.id):
        linked = CustomerLinked(
            customer_id=ours.id,
            contact_point_id=point.id,
            channel=point.channel,
            account=point.account,
            previous_customer_id=theirs.id,
            linked_at=work.now,
        )
        work.emitter.emit(CASE_EVENTS, str(ours.id), linked)
    await work.people.mark_merged(theirs.id, ours.id)
