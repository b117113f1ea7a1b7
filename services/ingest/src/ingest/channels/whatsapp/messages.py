"""One entry of `messages` → one event."""

from collections.abc import Callable, Iterator
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
from ingest.channels.whatsapp.contents import content_of, edited_content
from ingest.channels.whatsapp.people import Person, sender_of
from ingest.domain.frame import Frame
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    instant,
    optional_identity,
    optional_part,
    part,
    text,
    write_json,
)
from ingest.domain.webhook import Draft, InboundEvent, Webhook

WINDOW = timedelta(hours=24)
"""Free-form replies are legal for so long after the customer's last message."""


@dataclass(frozen=True, slots=True)
class Change:
    """What every event of one change shares. `account` is that of its phone number. `standby`: Meta's own agent holds the chat."""

    webhook: Webhook
    account: str
    value: Json
    standby: bool = False


def event_of(message: Json, change: Change) -> Iterator[Draft]:
    read = _SPECIAL.get(text(message, "type") or "", _received)
    yield Draft(read(Message(message, change)))


def conversation_of(message: Json, contact: Contact) -> str:
    return optional_identity(message, "group_id") or contact.address.value


@dataclass(frozen=True, slots=True)
class Message:
    json: Json
    change: Change

    @property
    def at(self) -> datetime:
        return instant(self.json, "timestamp", timedelta(seconds=1))

    def common(self, contact: Contact, event_id: str | None = None) -> dict[str, Any]:
        conversation = conversation_of(self.json, contact)
        event_id = event_id or identity(self.json, "id")
        frame = Frame(self.change.webhook, conversation, event_id, self.at, self.change.account)
        return {**frame.common(), "contact": contact}

    def from_sender(self) -> dict[str, Any]:
        return self.common(sender_of(self.json, self.change.value).contact())


def _received(message: Message) -> MessageReceived:
    return MessageReceived(
        **message.from_sender(),
        provider_message_id=identity(message.json, "id"),
        content=content_of(message.json),
        window_closes_at=message.at + WINDOW,
        standby=message.change.standby,
        thread=_thread(message.json),
    )


def _thread(message: Json) -> dict[str, str]:
    """An answer in a group goes to the group; what is marked as read has an id. An advertisement that led here is told to who
    measures it.
    """
    group, referral = optional_identity(message, "group_id"), optional_part(message, "referral")
    thread = {"message_id": identity(message, "id")} | ({"group_id": group} if group else {})
    return thread | ({"referral": write_json(referral)} if referral else {})


def _edited(message: Message) -> MessageEdited:
    edit = part(message.json, "edit")
    return MessageEdited(
        **message.from_sender(),
        provider_message_id=identity(edit, "original_message_id"),
        content=edited_content(part(edit, "message")),
    )


def _revoked(message: Message) -> MessageUnsent:
    original = identity(part(message.json, "revoke"), "original_message_id")
    return MessageUnsent(**message.from_sender(), provider_message_id=original)


def _reaction(message: Message) -> ReactionReceived:
    reaction = part(message.json, "reaction")
    return ReactionReceived(
        **message.from_sender(),
        provider_message_id=identity(reaction, "message_id"),
        emoji=text(reaction, "emoji") or "",
    )


def _system(message: Message) -> ContactChanged:
    """A person's number or BSUID changed: the old address is the contact, the new one an alternate of the same person."""
    system = part(message.json, "system")
    match text(system, "type"):
        case "user_changed_number" | "customer_changed_number":
            number = optional_identity(system, "wa_id") or identity(system, "new_wa_id")
            old, new = _before_and_after(system, identity(message.json, "from"), number)
        case "user_changed_user_id":
            before, after = optional_identity(message.json, "from"), optional_identity(system, "wa_id")
            old, new = _before_and_after(system, before, after)
        case "user_identity_changed" | "customer_identity_changed":
            detail = text(system, "body") or "identity changed"
            return ContactChanged(**message.from_sender(), change=ContactChange.ACTED, detail=detail)
        case _:
            raise Unreadable("a system message that this adapter doesn't know")
    was, became = old.contact(), new.contact()
    contact = was.model_copy(update={"alternates": (became.address, *became.alternates, *was.alternates)})
    return ContactChanged(**message.common(contact), change=ContactChange.NUMBER_CHANGED, detail=became.address.value)


def _before_and_after(system: Json, old_number: str | None, new_number: str | None) -> tuple[Person, Person]:
    """With a number the business-scoped ids change, too."""
    old = Person(
        user_id=optional_identity(system, "previous_user_id"),
        number=old_number,
        parent_user_id=optional_identity(system, "previous_parent_user_id"),
    )
    new = Person(
        user_id=optional_identity(system, "user_id"),
        number=new_number,
        parent_user_id=optional_identity(system, "parent_user_id"),
    )
    return old, new


def _opened(message: Message) -> ContactChanged:
    return ContactChanged(**message.from_sender(), change=ContactChange.ACTED, detail="opened the chat")


def preference_of(preference: Json, change: Change) -> Iterator[Draft]:
    """Whoever wants no more marketing may still be answered: not an opt-out of the conversation."""
    message = Message(
        {**preference, "from": preference.get("wa_id"), "from_user_id": preference.get("user_id")}, change
    )
    contact = sender_of(message.json, change.value).contact()
    said = f"{text(preference, 'category')}: {text(preference, 'value')}"
    event_id = f"{contact.address.value}:{said}:{int(message.at.timestamp())}"
    wanted = text(preference, "value") in ("resume", "signup")
    kind = ContactChange.OPTED_IN if wanted else ContactChange.ACTED
    yield Draft(ContactChanged(**message.common(contact, event_id), change=kind, detail=said))


def user_id_of(update: Json, change: Change) -> Iterator[Draft]:
    """As Meta told it before it became a system message."""
    ids, parents = optional_part(update, "user_id"), optional_part(update, "parent_user_id")
    system = {
        "type": "user_changed_user_id",
        "previous_user_id": ids.get("previous"),
        "user_id": ids.get("current"),
        "previous_parent_user_id": parents.get("previous"),
        "parent_user_id": parents.get("current"),
        "wa_id": update.get("wa_id"),
    }
    event_id = f"{ids.get('previous')}:{ids.get('current')}"
    told = {"id": event_id, "from": update.get("wa_id"), "timestamp": update.get("timestamp"), "system": system}
    yield Draft(_system(Message(told, change)))


def conversation_if_known(message: Json, value: Json) -> str:
    """For messages that can't be read otherwise: they stay in order with those that can."""
    try:
        return conversation_of(message, sender_of(message, value).contact())
    except Unreadable:
        return ""


_SPECIAL: dict[str, Callable[[Message], InboundEvent]] = {
    "edit": _edited,
    "revoke": _revoked,
    "reaction": _reaction,
    "system": _system,
    "request_welcome": _opened,
}
