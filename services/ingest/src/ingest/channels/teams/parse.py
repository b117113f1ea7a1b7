"""A Bot Framework activity → events. Pure; what can't be read is kept raw."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
)
from contracts.values import Contact, Content, ContentKind, MessageStatus
from ingest.channels.teams.contents import content_of
from ingest.channels.teams.people import (
    contact_of,
    conversation_of,
    group_of,
    is_bot,
    message_id,
    thread_of,
    writer_of,
)
from ingest.domain.frame import Frame, Known, read_or_keep, short_id
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    instant_if_any,
    iso_instant_if_any,
    items,
    mapping,
    optional_part,
    part,
    read_json,
    text,
    write_json,
)
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_NO_NEWS = frozenset({"typing", "endOfConversation", "trace", "ping", "handoff", "command", "commandResult"})
_PRESSED = frozenset({"adaptiveCard/action", "message/submitAction", "actionableMessage/executeAction", "task/submit"})
_READ = "application/vnd.microsoft.readReceipt"


@dataclass(frozen=True, slots=True)
class _Activity:
    webhook: Webhook
    json: Json
    conversation: str

    @property
    def id(self) -> str:
        """Without an id of its own (invokes of some clients), the activity itself is the identity."""
        return message_id(self.conversation, short_id(text(self.json, "id"), self.json))

    def common(self) -> dict[str, Any]:
        at = iso_instant_if_any(self.json, "timestamp") or self.webhook.received_at
        return Frame(self.webhook, self.conversation, self.id, at).common()

    def received(self, content: Content) -> Draft:
        event = MessageReceived(
            **self.common(),
            contact=writer_of(self.json),
            provider_message_id=self.id,
            content=content,
            thread=thread_of(self.json),
            references=(content.reply_to,) if content.reply_to else (),
        )
        return Draft(event)


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    return read_or_keep(webhook, body, lambda: _read(webhook, body), lambda: _known(body))


def _read(webhook: Webhook, body: Json) -> Iterator[Draft]:
    kind = text(body, "type") or ""
    if kind in _NO_NEWS:
        return iter(())
    read = _READERS.get(kind)
    if read is None:
        raise Unreadable("a type of activity that this adapter doesn't know")
    if kind.startswith("message") and is_bot(body, optional_part(body, "from")):
        return iter(())
    return read(_Activity(webhook, body, conversation_of(body)))


def _known(body: Json) -> Known:
    conversation = text(optional_part(body, "conversation"), "id") or ""
    activity = text(body, "id")
    named = message_id(conversation, activity) if activity and len(conversation) + len(activity) < 512 else None
    return Known(conversation, named, iso_instant_if_any(body, "timestamp"))


def _message(activity: _Activity) -> Iterator[Draft]:
    yield activity.received(content_of(activity.json, activity.conversation))


def _update(activity: _Activity) -> Iterator[Draft]:
    """Also `undeleteMessage`: the words are back."""
    content = content_of(activity.json, activity.conversation)
    name, contact = _original(activity), writer_of(activity.json)
    yield Draft(MessageEdited(**_revised(activity), contact=contact, provider_message_id=name, content=content))


def _delete(activity: _Activity) -> Iterator[Draft]:
    yield Draft(
        MessageUnsent(**_revised(activity), contact=writer_of(activity.json), provider_message_id=_original(activity))
    )


def _original(activity: _Activity) -> str:
    """An edit repeats the message's own id."""
    return message_id(activity.conversation, identity(activity.json, "id"))


def _revised(activity: _Activity) -> dict[str, Any]:
    """Each edit of one message is an event of its own."""
    common = activity.common()
    stamp = text(activity.json, "timestamp") or ""
    return common | {"provider_event_id": f"{common['provider_event_id']}:{stamp}"}


def _reactions(activity: _Activity) -> Iterator[Draft]:
    target = message_id(activity.conversation, identity(activity.json, "replyToId"))
    for name, taken_back in (("reactionsAdded", False), ("reactionsRemoved", True)):
        for one in items(activity.json, name):
            emoji = identity(mapping(one, "a reaction"), "type")
            event = ReactionReceived(
                **activity.common(),
                contact=writer_of(activity.json),
                provider_message_id=target,
                emoji="" if taken_back else emoji,
            )
            yield Draft(event, part=f"{name}:{emoji}")


def _members(activity: _Activity) -> Iterator[Draft]:
    """The bot's own coming and going is told by `installationUpdate`."""
    for name, change in (("membersAdded", ContactChange.JOINED), ("membersRemoved", ContactChange.LEFT)):
        for member in items(activity.json, name):
            person = mapping(member, "a member")
            if not is_bot(activity.json, person):
                contact = contact_of(person)
                event = ContactChanged(**activity.common(), contact=contact, change=change)
                yield Draft(event, part=f"{name}:{contact.address.value}")


def _installation(activity: _Activity) -> Iterator[Draft]:
    """For oneself it is like following; in a group the group gets the bot. A new version of the app is no news."""
    action = text(activity.json, "action") or ""
    if action.endswith("-upgrade"):
        return
    added = action.startswith("add")
    conversation = part(activity.json, "conversation")
    personal = text(conversation, "conversationType") == "personal"
    change, contact = _installed(activity, personal, added)
    yield Draft(ContactChanged(**activity.common(), contact=contact, change=change))


def _installed(activity: _Activity, personal: bool, added: bool) -> tuple[ContactChange, Contact]:
    if personal:
        return ContactChange.FOLLOWED if added else ContactChange.UNFOLLOWED, writer_of(activity.json)
    return ContactChange.JOINED if added else ContactChange.LEFT, group_of(activity.json)


def _invoke(activity: _Activity) -> Iterator[Draft]:
    """Pressed buttons of cards and given feedback are words to us; sign-in exchanges hold secrets and are nobody's business."""
    name = text(activity.json, "name") or ""
    if name.startswith("signin/"):
        return
    value = optional_part(activity.json, "value")
    pressed = optional_part(value, "action").get("data", value) if name == "adaptiveCard/action" else value
    pressed = value.get("data", value) if name == "task/submit" else pressed
    if name not in _PRESSED:
        raise Unreadable("an invoke that this adapter doesn't know")
    answered = text(activity.json, "replyToId")
    yield activity.received(
        Content(
            kind=ContentKind.POSTBACK,
            text=text(optional_part(value, "action"), "title"),
            payload=write_json(pressed),
            reply_to=message_id(activity.conversation, answered) if answered else None,
        )
    )


def _event(activity: _Activity) -> Iterator[Draft]:
    """`lastReadMessageId` is a time: everything until then was read."""
    name = text(activity.json, "name") or ""
    if name.startswith("application/vnd.microsoft.meeting"):
        return
    if name != _READ:
        raise Unreadable("an event that this adapter doesn't know")
    value = part(activity.json, "value")
    until = instant_if_any(value, "lastReadMessageId", timedelta(milliseconds=1))
    last = identity(value, "lastReadMessageId") if until is None else ""
    yield Draft(
        ReceiptReceived(
            **activity.common(),
            provider_message_id=message_id(activity.conversation, last) if last else "",
            up_to=until,
            status=MessageStatus.READ,
        )
    )


_READERS: dict[str, Callable[[_Activity], Iterator[Draft]]] = {
    "message": _message,
    "messageUpdate": _update,
    "messageDelete": _delete,
    "messageReaction": _reactions,
    "conversationUpdate": _members,
    "installationUpdate": _installation,
    "invoke": _invoke,
    "event": _event,
}
