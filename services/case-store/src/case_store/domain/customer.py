from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


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


def best_known(known: Sequence[KnownContact], wanted: Sequence[AddressKey]) -> KnownContact | None:
    """The stable address decides; an alternate only when the stable one was never seen."""
    by_address = {contact.point.address: contact for contact in known}
    return next((by_address[address] for address in wanted if address in by_address), None)
