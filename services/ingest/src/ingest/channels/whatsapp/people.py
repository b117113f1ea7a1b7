"""Who wrote. A business-scoped user id (BSUID) outlives a phone number that its owner hides behind a username: it comes first."""

import re
from dataclasses import dataclass

from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, Unreadable, optional_identity, optional_part, text

_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]+")
"""Where the number is hidden, Meta writes the user id in its place, too."""


def phone(number: str) -> Address:
    """WhatsApp writes E.164 without the plus."""
    return Address(kind=AddressKind.PHONE, value="+" + number if number[:1].isdigit() else number)


def bsuid(user_id: str) -> Address:
    return Address(kind=AddressKind.WHATSAPP_BSUID, value=user_id)


@dataclass(frozen=True, slots=True)
class Person:
    user_id: str | None = None
    number: str | None = None
    parent_user_id: str | None = None
    name: str | None = None

    def contact(self) -> Contact:
        user_ids = [bsuid(found) for found in (self.user_id, self.parent_user_id) if found]
        numbers = [phone(self.number)] if self.number else []
        addresses = [*user_ids[:1], *numbers, *user_ids[1:]]
        if not addresses:
            raise Unreadable("neither from nor from_user_id is given")
        return Contact(address=addresses[0], alternates=tuple(addresses[1:]), display_name=self.name)


def sender_of(message: Json, value: Json) -> Person:
    """The message's own fields, completed from the entry of `contacts` that is about the same person."""
    entry = entry_of(message, value)
    profile, number = (
        optional_part(entry, "profile"),
        optional_identity(message, "from") or optional_identity(entry, "wa_id"),
    )
    user_id = optional_identity(message, "from_user_id") or optional_identity(entry, "user_id")
    if number and _BSUID.fullmatch(number):
        user_id, number = user_id or number, None
    return Person(
        user_id=user_id,
        number=number,
        parent_user_id=optional_identity(message, "from_parent_user_id") or optional_identity(entry, "parent_user_id"),
        name=text(profile, "name") or text(profile, "username"),
    )


def entry_of(message: Json, value: Json) -> Json:
    """Empty when `contacts` says nothing about the sender. One alone is theirs, but for its ids."""
    user_id, number = message.get("from_user_id"), message.get("from")
    contacts = value.get("contacts")
    known = [entry for entry in contacts if isinstance(entry, dict)] if isinstance(contacts, list) else []
    for entry in known:
        if (user_id and entry.get("user_id") == user_id) or (number and entry.get("wa_id") == number):
            return entry
    return {"profile": known[0].get("profile")} if len(known) == 1 and (user_id or number) else {}
