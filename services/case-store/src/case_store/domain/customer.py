from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

GROUP_ADDRESSES: Final = frozenset({"line_group", "line_room"})
# LINE's ids say what they are: U…, C… (group), R… (room). Of a message in a group it names the member, too.
_LINE_THREADS: Final = MappingProxyType({"C": "line_group", "R": "line_room"})


class CustomerKind(StrEnum):
    PERSON = "person"
    GROUP = "group"


class AddressKey(NamedTuple):
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Customer:
    id: UUID
    kind: CustomerKind
    display_name: str | None = None
    tier: str | None = None
    entitlement: str | None = None
    organisation: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class ContactPoint:
    id: UUID
    customer_id: UUID
    channel: str
    account: str
    address: AddressKey
    display_name: str | None = None
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class KnownContact:
    point: ContactPoint
    customer: Customer


def kind_of(address: AddressKey) -> CustomerKind:
    return CustomerKind.GROUP if address.kind in GROUP_ADDRESSES else CustomerKind.PERSON


def shared_thread(speaker: AddressKey, conversation: str) -> AddressKey | None:
    """The group or room in which this person spoke, if it was one."""
    if speaker.kind != "line_user" or speaker.value == conversation or conversation[:1] not in _LINE_THREADS:
        return None
    return AddressKey(_LINE_THREADS[conversation[0]], conversation)


def addresses_of_one(first: AddressKey, alternates: Iterable[AddressKey]) -> tuple[AddressKey, ...]:
    """The addresses that name the same customer as the first: a member of a group is not the group."""
    kind = kind_of(first)
    return tuple(dict.fromkeys((first, *(other for other in alternates if kind_of(other) is kind))))


def best_known(known: Sequence[KnownContact], wanted: Sequence[AddressKey]) -> KnownContact | None:
    """The stable address decides; an alternate only when the stable one was never seen."""
    by_address = {contact.point.address: contact for contact in known}
    return next((by_address[address] for address in wanted if address in by_address), None)
