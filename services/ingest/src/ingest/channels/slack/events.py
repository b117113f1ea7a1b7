"""An event of the Events API → drafts. Source: Slack, "message" and its subtypes, "reaction_added", "member_joined_channel"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
)
from contracts.values import Address, AddressKind, Contact
from ingest.channels.slack import no_news
from ingest.channels.slack.contents import content_of
from ingest.channels.slack.places import (
    contact_of,
    conversation_of,
    instant_of,
    message_id,
    thread_of,
    writer_of,
)
from ingest.domain.frame import Frame, short_id
from ingest.domain.shape import Json, Unreadable, identity, items, optional_part, part, text
from ingest.domain.webhook import Draft, Webhook

_WRITTEN = frozenset({None, "file_share", "thread_broadcast", "me_message", "reply_broadcast", "document_comment"})


@dataclass(frozen=True, slots=True)
class _Event:
    webhook: Webhook
    account: str
    body: Json
    json: Json

    @property
    def id(self) -> str:
        return short_id(text(self.body, "event_id"), self.json)

    @property
    def ts(self) -> str:
        """When it happened, which isn't when the message was written."""
        return text(self.json, "event_ts") or str(self.body.get("event_time", ""))

    def frame(self, conversation: str, event_id: str, ts: str | None) -> Frame:
        return Frame(self.webhook, conversation, event_id, instant_of(ts), self.account)

    def is_ours(self, user: str | None) -> bool:
        """Slack names the bot of this installation in `authorizations`."""
        granted = [one for one in items(self.body, "authorizations") if isinstance(one, dict)]
        return user is not None and any(one.get("is_bot") is True and one.get("user_id") == user for one in granted)


def read_event(webhook: Webhook, account: str, body: Json) -> Iterator[Draft]:
    event = _Event(webhook, account, body, part(body, "event"))
    kind = text(event.json, "type") or ""
    if kind in no_news.EVENTS:
        return iter(())
    read = _READERS.get(kind)
    if read is None:
        raise Unreadable("an event type that this adapter doesn't know")
    return read(event)


def _message(event: _Event) -> Iterator[Draft]:
    subtype = text(event.json, "subtype")
    if subtype in no_news.SUBTYPES:
        return iter(())
    if subtype == "message_changed":
        return _changed(event)
    if subtype == "message_deleted":
        return _deleted(event)
    if subtype not in _WRITTEN:
        raise Unreadable("a message subtype that this adapter doesn't know")
    return _written(event)


def _written(event: _Event) -> Iterator[Draft]:
    """A mention comes as `app_mention` and as `message`, with two event ids: the message itself is the identity."""
    message = event.json
    if _by_a_machine(message) or event.is_ours(text(message, "user")):
        return
    channel, ts = identity(message, "channel"), identity(message, "ts")
    name = message_id(channel, ts)
    root = text(message, "thread_ts")
    yield Draft(
        MessageReceived(
            **event.frame(conversation_of(channel, root or ts), name, ts).common(),
            contact=writer_of(message),
            provider_message_id=name,
            content=content_of(message),
            thread=thread_of(channel, message, ts),
            references=(message_id(channel, root),) if root and root != ts else (),
        )
    )


def _changed(event: _Event) -> Iterator[Draft]:
    """Slack also reports that a link was unfolded or a reply counted: then nobody has changed the words."""
    now, before = part(event.json, "message"), optional_part(event.json, "previous_message")
    if _by_a_machine(now) or (before and _said(now) == _said(before)):
        return
    channel, ts = identity(event.json, "channel"), identity(now, "ts")
    frame = event.frame(conversation_of(channel, text(now, "thread_ts") or ts), event.id, _changed_at(event, now))
    name = message_id(channel, ts)
    if text(now, "subtype") == "tombstone":
        writer = text(before, "user")
        yield Draft(MessageUnsent(**frame.common(), contact=_someone(writer, channel), provider_message_id=name))
        return
    yield Draft(
        MessageEdited(**frame.common(), contact=writer_of(now), provider_message_id=name, content=content_of(now))
    )


def _deleted(event: _Event) -> Iterator[Draft]:
    before = optional_part(event.json, "previous_message")
    if _by_a_machine(before) or event.is_ours(text(before, "user")):
        return
    channel, ts = identity(event.json, "channel"), text(event.json, "deleted_ts") or identity(before, "ts")
    frame = event.frame(conversation_of(channel, text(before, "thread_ts") or ts), event.id, _changed_at(event, {}))
    contact = _someone(text(before, "user"), channel)
    yield Draft(MessageUnsent(**frame.common(), contact=contact, provider_message_id=message_id(channel, ts)))


def _reaction(event: _Event) -> Iterator[Draft]:
    """Only messages carry reactions that a case knows; the name is Slack's, without colons."""
    item = part(event.json, "item")
    user = identity(event.json, "user")
    if text(item, "type") not in (None, "message") or event.is_ours(user):
        return
    channel, ts = identity(item, "channel"), identity(item, "ts")
    frame = event.frame(conversation_of(channel, ts), event.id, event.ts)
    emoji = identity(event.json, "reaction") if text(event.json, "type") == "reaction_added" else ""
    name = message_id(channel, ts)
    yield Draft(ReactionReceived(**frame.common(), contact=contact_of(user), provider_message_id=name, emoji=emoji))


def _member(event: _Event) -> Iterator[Draft]:
    user, channel = identity(event.json, "user"), identity(event.json, "channel")
    if event.is_ours(user):
        return
    joined = text(event.json, "type") == "member_joined_channel"
    change = ContactChange.JOINED if joined else ContactChange.LEFT
    yield Draft(
        ContactChanged(**event.frame(channel, event.id, event.ts).common(), contact=contact_of(user), change=change)
    )


def _by_a_machine(message: Json) -> bool:
    return bool(message.get("bot_id")) or text(message, "subtype") == "bot_message"


def _said(message: Json) -> tuple[object, object]:
    files = message.get("files")
    ids = [file.get("id") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return message.get("text"), ids


def _changed_at(event: _Event, message: Json) -> str | None:
    edited = text(optional_part(message, "edited"), "ts")
    return edited or text(event.json, "event_ts") or text(event.json, "ts")


def _someone(user: str | None, channel: str) -> Contact:
    """Slack doesn't always say who deleted: then the channel speaks."""
    if user:
        return contact_of(user)
    return Contact(address=Address(kind=AddressKind.SLACK_CHANNEL, value=channel))


_READERS: dict[str, Callable[[_Event], Iterator[Draft]]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction,
    "reaction_removed": _reaction,
    "member_joined_channel": _member,
    "member_left_channel": _member,
}
