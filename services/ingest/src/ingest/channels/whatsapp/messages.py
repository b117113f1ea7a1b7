"""One entry of `messages` → one event."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
)
from contracts.values import Contact
from ingest.channels.whatsapp.contents import content_of
from ingest.channels.whatsapp.people import Person, sender_of
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    instant,
    optional_identity,
    part,
    text,
)
from ingest.domain.webhook import InboundEvent

WINDOW = timedelta(hours=24)
"""Free-form replies are legal for so long after the customer's last message."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every event of one change shares."""

    channel: str
    account: str
    received_at: datetime


def event_of(message: Json, value: Json, envelope: Envelope) -> InboundEvent:
    read = _SPECIAL.get(text(message, "type") or "", _received)
    return read(_Message(message, value, envelope))


def conversation_of(message: Json, contact: Contact) -> str:
    return optional_identity(message, "group_id") or contact.address.value


@dataclass(frozen=True, slots=True)
class _Message:
    json: Json
    value: Json
    envelope: Envelope

    @property
    def at(self) -> datetime:
        return instant(self.json, "timestamp", timedelta(seconds=1))

    def common(self, contact: Contact) -> dict[str, Any]:
        return {
            "channel": self.envelope.channel,
            "account": self.envelope.account,
            "conversation": conversation_of(self.json, contact),
            "provider_event_id": identity(self.json, "id"),
            "occurred_at": self.at,
            "received_at": self.envelope.received_at,
            "contact": contact,
        }

    def from_sender(self) -> dict[str, Any]:
        return self.common(sender_of(self.json, self.value).contact())


def _received(message: _Message) -> MessageReceived:
    return MessageReceived(
        **message.from_sender(),
        provider_message_id=identity(message.json, "id"),
        content=content_of(message.json),
        window_closes_at=message.at + WINDOW,
    )


def _edited(message: _Message) -> MessageEdited:
    edit = part(message.json, "edit")
    return MessageEdited(
        **message.from_sender(),
        provider_message_id=identity(edit, "original_message_id"),
        content=content_of(part(edit, "message")),
    )


def _revoked(message: _Message) -> MessageUnsent:
    original = identity(part(message.json, "revoke"), "original_message_id")
    return MessageUnsent(**message.from_sender(), provider_message_id=original)


def _reaction(message: _Message) -> ReactionReceived:
    reaction = part(message.json, "reaction")
    return ReactionReceived(
        **message.from_sender(),
        provider_message_id=identity(reaction, "message_id"),
        emoji=text(reaction, "emoji") or "",
    )


def _system(message: _Message) -> ContactChanged:
    """A person's number or BSUID changed: the old address is the contact, the new one an alternate of the same person."""
    system = part(message.json, "system")
    match text(system, "type"):
        case "user_changed_number" | "customer_changed_number":
            old = Person(number=identity(message.json, "from"))
            new = Person(number=optional_identity(system, "wa_id") or identity(system, "new_wa_id"))
        case "user_changed_user_id":
            old = Person(user_id=identity(system, "previous_user_id"))
            new = Person(user_id=identity(system, "user_id"))
        case _:
            raise Unreadable("a system message that this adapter doesn't know")
    address = new.contact().address
    contact = old.contact().model_copy(update={"alternates": (address,)})
    return ContactChanged(**message.common(contact), change=ContactChange.NUMBER_CHANGED, detail=address.value)


def conversation_if_known(message: Json, value: Json) -> str:
    """For messages that can't be read otherwise: they stay in order with those that can."""
    try:
        return conversation_of(message, sender_of(message, value).contact())
    except Unreadable:
        return ""


_SPECIAL: dict[str, Callable[[_Message], InboundEvent]] = {
    "edit": _edited,
    "revoke": _revoked,
    "reaction": _reaction,
    "system": _system,
}
