"""A contact point becomes this customer's: the next message from there joins their history."""

from dataclasses import dataclass, replace
from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.customer import AddressKey, ContactPoint, Customer, KnownContact
from case_store.domain.linking import CaseFate, decide_fate
from case_store.handlers.merge_cases import merge_cases
from case_store.handlers.ports import Work
from case_store.handlers.tell_router import tell_facts
from contracts.cases import CustomerLinked
from contracts.config import ChannelAccount
from contracts.topics import CASE_EVENTS
from contracts.values import Author
from runtime.errors import Malformed, NotFound, Refused


@dataclass(frozen=True, slots=True)
class LinkContactPoint:
    customer_id: UUID
    channel: str
    account: str
    address: AddressKey
    by: Author
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Linked:
    point: ContactPoint
    previous_customer_id: UUID | None
    changed: bool


async def link_contact_point(command: LinkContactPoint, work: Work) -> Linked:
    _check_account(command, work)
    owner = await work.people.owner_of(command.account, command.address)
    customers = await work.people.lock_customers([command.customer_id, *([owner] if owner else [])])
    target = customers.get(command.customer_id)
    if target is None:
        raise NotFound("customer", command.customer_id)
    held = await work.people.known(command.account, [command.address])
    if (held[0].customer.id if held else None) != owner:
        raise Refused("changed_meanwhile", "somebody else is linking this contact point; try again")
    if not held:
        return await _create(command, target, work)
    if owner == target.id:
        return Linked(held[0].point, None, changed=False)
    return await _move(command, held[0], target, work)


def _check_account(command: LinkContactPoint, work: Work) -> None:
    accounts = work.config.channel_accounts if work.config else ()
    account: ChannelAccount | None = next((a for a in accounts if a.id == command.account), None)
    if account is None:
        raise Malformed("there is no such channel account", code="unknown_account", pointer="/account")
    if not account.enabled:
        raise Malformed("the channel account is disabled", code="account_disabled", pointer="/account")
    if account.channel != command.channel:
        raise Malformed(f"the account belongs to channel {account.channel}", code="wrong_channel", pointer="/channel")


async def _create(command: LinkContactPoint, target: Customer, work: Work) -> Linked:
    point = ContactPoint(work.ids.new(), target.id, command.channel, command.account, command.address)
    await work.people.add_contact_points([point])
    if await work.people.owner_of(command.account, command.address) != target.id:
        raise Refused("changed_meanwhile", "the customer wrote from there just now; try again")
    _tell(point, target, None, work)
    return Linked(point, None, changed=True)


async def _move(command: LinkContactPoint, previous: KnownContact, target: Customer, work: Work) -> Linked:
    open_cases = await work.cases.open_cases_of(previous.customer.id, target.id)
    theirs, ours = open_cases.get(previous.customer.id), open_cases.get(target.id)
    concerned = theirs is not None and await work.cases.concerns(theirs.id, previous.point.id)
    left = await work.people.move(previous.point.id, target.id)
    fate = decide_fate(theirs, ours, concerned=concerned or left == 0, may_merge=command.merge)
    await _settle(fate, theirs, ours, target, command.by, work)
    if left == 0:
        await work.cases.move_resolved(previous.customer.id, target.id)
        await work.people.mark_merged(previous.customer.id, target.id)
    point = replace(previous.point, customer_id=target.id)
    _tell(point, target, previous.customer.id, work)
    return Linked(point, previous.customer.id, changed=True)


async def _settle(
    fate: CaseFate, theirs: Case | None, ours: Case | None, target: Customer, by: Author, work: Work
) -> None:
    if fate is CaseFate.CONFLICTS:
        sentence = "the contact point's customer has an open case, and so has this one; send merge: true to join them"
        raise Refused("contact_point_has_open_case", sentence)
    if fate is CaseFate.MOVES and theirs is not None:
        moved = replace(theirs, customer_id=target.id)
        await work.cases.change(moved)
        await tell_facts(moved, work, customer=target)
    if fate is CaseFate.MERGES and theirs is not None and ours is not None:
        await merge_cases(theirs, ours, target, by, work)


def _tell(point: ContactPoint, target: Customer, previous: UUID | None, work: Work) -> None:
    linked = CustomerLinked(
        customer_id=target.id,
        contact_point_id=point.id,
        channel=point.channel,
        account=point.account,
        previous_customer_id=previous,
        linked_at=work.now,
    )
    work.emitter.emit(CASE_EVENTS, str(target.id), linked)
