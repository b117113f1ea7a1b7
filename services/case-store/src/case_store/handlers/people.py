"""Whose words are these: contact → contact point → customer."""

from collections.abc import Sequence

from case_store.domain.customer import (
    AddressKey,
    ContactPoint,
    Customer,
    CustomerKind,
    KnownContact,
    best_known,
)
from case_store.domain.shared_threads import addresses_of_one, kind_of, shared_thread
from case_store.handlers.facts import address_key
from case_store.handlers.ports import Work
from contracts.inbound import ContactChanged, MessageEchoed, MessageReceived, TypingReceived
from runtime.errors import DependencyDown

_TRIES = 3


Speaks = MessageReceived | MessageEchoed
"""Events that name a person whom we keep, if need be from then on."""


def addresses_of(event: Speaks | ContactChanged | TypingReceived) -> tuple[AddressKey, ...]:
    """What is said in a group is the group's, whoever of its members says it."""
    speaker = address_key(event.contact.address)
    thread = event.thread if isinstance(event, MessageReceived) else {}
    group = shared_thread(speaker, event.conversation, thread)
    return (group,) if group else addresses_of_one(speaker, map(address_key, event.contact.alternates))


async def find_or_add(event: Speaks, work: Work) -> KnownContact:
    """The contact point of the first address; made, with its customer if need be. Locked until the end of the transaction."""
    wanted = addresses_of(event)
    for _ in range(_TRIES):
        known = await work.people.known(event.account, wanted)
        found = best_known(known, wanted)
        if found is not None:
            return await _complete(found, known, event, work)
        added = await _add(event, wanted[0], work)
        if added is not None:
            return await _complete(added, [added], event, work)
    raise DependencyDown("the contact point is being changed by others; try again")


async def learn_alternates(known: Sequence[KnownContact], event: ContactChanged, work: Work) -> None:
    """A changed number arrives as an alternate of a known address."""
    wanted = addresses_of(event)
    found = best_known(known, wanted)
    if found is not None:
        await _add_missing(found.customer, known, wanted, event.channel, event.account, work)


async def _add(event: Speaks, address: AddressKey, work: Work) -> KnownContact | None:
    kind = kind_of(address)
    name = event.contact.display_name if kind is CustomerKind.PERSON else None
    customer = Customer(work.ids.new(), kind, display_name=name, language=event.contact.language)
    point = ContactPoint(work.ids.new(), customer.id, event.channel, event.account, address, name)
    return KnownContact(point, customer) if await work.people.add_person(customer, point) else None


async def _complete(found: KnownContact, known: Sequence[KnownContact], event: Speaks, work: Work) -> KnownContact:
    wanted = addresses_of(event)
    added = await _add_missing(found.customer, known, wanted, event.channel, event.account, work)
    name = event.contact.display_name
    if name and name != found.point.display_name and found.customer.kind is CustomerKind.PERSON:
        await work.people.rename(found, name)
    first = next((point for point in added if point.address == wanted[0]), found.point)
    return KnownContact(first, found.customer)


async def _add_missing(
    customer: Customer,
    known: Sequence[KnownContact],
    wanted: Sequence[AddressKey],
    channel: str,
    account: str,
    work: Work,
) -> list[ContactPoint]:
    held = {contact.point.address for contact in known}
    missing = [
        ContactPoint(work.ids.new(), customer.id, channel, account, address)
        for address in wanted
        if address not in held
    ]
    if missing:
        await work.people.add_contact_points(missing)
    return missing
