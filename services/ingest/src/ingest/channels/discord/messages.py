"""Messages, edits, deletions, reactions and members. Source: Discord, "Gateway events"; "Webhook events"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
)
from contracts.values import Contact
from ingest.channels.discord.contents import content_of
from ingest.channels.discord.people import contact_of, instant_of_id, is_machine, place_of, thread_of, writer_of
from ingest.domain.frame import Frame
from ingest.domain.shape import (
    Json,
    count,
    identity,
    iso_instant_if_any,
    items,
    optional_part,
    part,
    text,
)
from ingest.domain.webhook import Draft, Webhook

_DEFAULT, _MEMBER_JOINED, _REPLY = 0, 7, 19
_WRITTEN: Final = (None, _DEFAULT, _REPLY)


@dataclass(frozen=True, slots=True)
class Told:
    """`turn` tells apart what a conversation repeats: the same reaction given, taken back and given again."""

    webhook: Webhook
    kind: str
    json: Json
    at: datetime | None = None
    turn: str = ""

    def common(self, conversation: str, event_id: str, at: datetime | None = None) -> dict[str, Any]:
        when = at or self.at or self.webhook.received_at
        return Frame(self.webhook, conversation, event_id, when).common()

    @property
    def is_machine(self) -> bool:
        return is_machine(self.json, self.webhook.account.external_id)


def _created(told: Told) -> Iterator[Draft]:
    """Of the system's own messages only a person's arrival is news."""
    if told.is_machine:
        return
    message, kind = told.json, count(told.json, "type")
    place, message_id = place_of(message), identity(message, "id")
    common = told.common(place, message_id, iso_instant_if_any(message, "timestamp") or instant_of_id(message_id))
    if kind == _MEMBER_JOINED:
        yield Draft(ContactChanged(**common, contact=writer_of(message), change=ContactChange.JOINED))
    elif kind in _WRITTEN:
        content = content_of(message)
        event = MessageReceived(
            **common,
            contact=contact_of(part(message, "author"), optional_part(message, "member")),
            provider_message_id=message_id,
            content=content,
            thread=thread_of(message),
            references=(content.reply_to,) if content.reply_to else (),
        )
        yield Draft(event)


def _updated(told: Told) -> Iterator[Draft]:
    """Without words, or without a time of editing, it is an unfolded link or a pin."""
    message = told.json
    edited = iso_instant_if_any(message, "edited_timestamp")
    if told.is_machine or "content" not in message or (edited is None and told.at is None):
        return
    message_id = identity(message, "id")
    common = told.common(place_of(message), f"{message_id}:{(edited or told.at)}", edited)
    content = content_of(message)
    yield Draft(MessageEdited(**common, contact=writer_of(message), provider_message_id=message_id, content=content))


def _deleted(told: Told) -> Iterator[Draft]:
    if not told.is_machine:
        yield _gone(told, identity(told.json, "id"))


def _deleted_in_bulk(told: Told) -> Iterator[Draft]:
    for one in items(told.json, "ids"):
        yield _gone(told, identity({"id": one}, "id"))


def _gone(told: Told, message_id: str) -> Draft:
    common = told.common(place_of(told.json), message_id)
    return Draft(MessageUnsent(**common, contact=writer_of(told.json), provider_message_id=message_id))


def _reaction(told: Told) -> Iterator[Draft]:
    """Discord gives reactions no id of their own."""
    user, message_id = identity(told.json, "user_id"), identity(told.json, "message_id")
    person = optional_part(optional_part(told.json, "member"), "user")
    if person.get("bot") is True or user == told.webhook.account.external_id:
        return
    emoji = optional_part(told.json, "emoji")
    name = text(emoji, "name") or identity(emoji, "id")
    event_id = f"{message_id}:{user}:{name}:{told.turn}"
    event = ReactionReceived(
        **told.common(place_of(told.json), event_id),
        contact=contact_of({"id": user, **person}, optional_part(told.json, "member")),
        provider_message_id=message_id,
        emoji=name if told.kind.endswith("_ADD") else "",
    )
    yield Draft(event)


def _member(told: Told) -> Iterator[Draft]:
    user, guild = part(told.json, "user"), identity(told.json, "guild_id")
    if user.get("bot") is not True:
        change = ContactChange.JOINED if told.kind.endswith("_ADD") else ContactChange.LEFT
        yield _changed(told, guild, contact_of(user, told.json), change)


def read_authorisation(told: Told) -> Iterator[Draft]:
    """Somebody installed the app, for oneself or a server, or took it away again."""
    contact = contact_of(part(told.json, "user"))
    added = told.kind == "APPLICATION_AUTHORIZED"
    change = ContactChange.FOLLOWED if added else ContactChange.UNFOLLOWED
    yield _changed(told, contact.address.value, contact, change)


def _changed(told: Told, conversation: str, contact: Contact, change: ContactChange) -> Draft:
    event_id = f"{told.kind}:{contact.address.value}:{told.turn}"
    return Draft(ContactChanged(**told.common(conversation, event_id), contact=contact, change=change))


READERS: Final[dict[str, Callable[[Told], Iterator[Draft]]]] = {
    "MESSAGE_CREATE": _created,
    "MESSAGE_UPDATE": _updated,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_DELETE_BULK": _deleted_in_bulk,
    "MESSAGE_REACTION_ADD": _reaction,
    "MESSAGE_REACTION_REMOVE": _reaction,
    "GUILD_MEMBER_ADD": _member,
    "GUILD_MEMBER_REMOVE": _member,
}
