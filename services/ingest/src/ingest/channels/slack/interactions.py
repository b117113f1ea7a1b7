"""Buttons, menus, forms, shortcuts and slash commands → messages. Source: Slack, "Interaction payloads", "Slash commands"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.inbound import MessageReceived
from contracts.values import Contact, Content, ContentKind
from ingest.channels.slack.blocks import words_of
from ingest.channels.slack.contents import attachment_of
from ingest.channels.slack.mrkdwn import plain
from ingest.channels.slack.places import contact_of as person_named
from ingest.channels.slack.places import conversation_of, instant_of, message_id, person_of, thread_of
from ingest.domain.frame import Frame, short_id
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    items,
    mapping,
    one_of,
    optional_identity,
    optional_part,
    part,
    text,
    write_json,
)
from ingest.domain.webhook import Draft, Webhook

_PICKED = ("value", "selected_date", "selected_time", "selected_user", "selected_channel", "selected_conversation")
_PICKED_SEVERAL = ("selected_users", "selected_channels", "selected_conversations")


@dataclass(frozen=True, slots=True)
class _Interaction:
    webhook: Webhook
    account: str
    json: Json

    @property
    def contact(self) -> Contact:
        return person_of(part(self.json, "user"))

    def received(
        self, content: Content, at: datetime, event_id: str, channel: str | None = None, message: Json | None = None
    ) -> MessageReceived:
        """Without a channel the answer goes to the person directly."""
        contact = self.contact
        ts = text(message or {}, "ts")
        if channel and ts:
            root = text(message or {}, "thread_ts") or ts
            conversation, thread = conversation_of(channel, root), thread_of(channel, message or {}, ts)
        else:
            conversation, thread = channel or contact.address.value, {"channel": channel or contact.address.value}
        frame = Frame(self.webhook, conversation, event_id, at, self.account)
        return MessageReceived(
            **frame.common(), contact=contact, provider_message_id=event_id, content=content, thread=thread
        )


def read_interaction(webhook: Webhook, account: str, body: Json) -> Iterator[Draft]:
    kind = text(body, "type") or ""
    if kind in ("block_suggestion", "dialog_suggestion", "view_closed", "dialog_cancellation"):
        return iter(())
    read = _READERS.get(kind)
    if read is None:
        raise Unreadable("a kind of request that this adapter doesn't know")
    return read(_Interaction(webhook, account, body))


def read_command(webhook: Webhook, account: str, form: Json) -> Iterator[Draft]:
    """The answer goes to the person directly: our app needn't be in the channel where the command was typed."""
    user = identity(form, "user_id")
    command = identity(form, "command")
    event_id = short_id(text(form, "trigger_id"), form)
    words = " ".join(filter(None, (command, text(form, "text"))))
    yield Draft(
        MessageReceived(
            **Frame(webhook, user, event_id, webhook.received_at, account).common(),
            contact=person_named(user, text(form, "user_name")),
            provider_message_id=event_id,
            content=Content(kind=ContentKind.TEXT, text=plain(words), payload=command),
            thread={"channel": user},
        )
    )


def _actions(told: _Interaction) -> Iterator[Draft]:
    """What was pressed under a message. An ephemeral message can't be quoted: nobody else has it."""
    container, message = optional_part(told.json, "container"), optional_part(told.json, "message")
    channel = text(optional_part(told.json, "channel"), "id") or text(container, "channel_id")
    ts = text(message, "ts") or one_of(container, "message_ts") or text(told.json, "message_ts")
    quoted = message_id(channel, ts) if channel and ts and container.get("is_ephemeral") is not True else None
    for action in items(told.json, "actions"):
        known = mapping(action, "an action")
        stamp = text(known, "action_ts") or text(told.json, "action_ts")
        name = one_of(known, "action_id", "name") or ""
        chosen, words = _chosen(known)
        content = Content(kind=ContentKind.POSTBACK, text=words, payload=chosen or name or None, reply_to=quoted)
        event_id = short_id(f"{told.contact.address.value}:{stamp}:{name}", known)
        at = instant_of(stamp) if stamp else told.webhook.received_at
        yield Draft(told.received(content, at, event_id, channel, message or ({"ts": ts} if ts else None)))


def _chosen(element: Json) -> tuple[str | None, str | None]:
    """The value for machines and the words for people, of a button, a menu or a field."""
    options = element.get("selected_options")
    choices: list[object] = options if isinstance(options, list) else [element.get("selected_option")]
    picked: list[Json] = [one for one in choices if isinstance(one, dict)]
    if picked:
        values = [text(one, "value") for one in picked]
        shown = [text(optional_part(one, "text"), "text") or text(one, "value") for one in picked]
        return ",".join(filter(None, values)) or None, ", ".join(filter(None, shown)) or None
    value = one_of(element, *_PICKED) or _picked_otherwise(element)
    label = text(optional_part(element, "text"), "text") or text(element, "text")
    return value, plain(label) if label else value


def _picked_otherwise(element: Json) -> str | None:
    """Several people or channels, a moment in seconds since 1970, words with their form."""
    several = [one for name in _PICKED_SEVERAL for one in items(element, name) if isinstance(one, str)]
    words = words_of(element.get("rich_text_value"))
    return ",".join(several) or optional_identity(element, "selected_date_time") or (plain(words) if words else None)


def _submission(told: _Interaction) -> Iterator[Draft]:
    view = part(told.json, "view")
    blocks = optional_part(optional_part(view, "state"), "values")
    elements = {
        name: element
        for block in blocks.values()
        if isinstance(block, dict)
        for name, element in block.items()
        if isinstance(element, dict)
    }
    fields = {name: _chosen(element) for name, element in elements.items()}
    sent = (file for one in elements.values() for file in items(one, "files") if isinstance(file, dict))
    filled: dict[str, Any] = {"callback_id": text(view, "callback_id")}
    filled |= {"private_metadata": text(view, "private_metadata")}
    filled |= {"values": {name: value for name, (value, _) in fields.items()}}
    words = "\n".join(shown for _, shown in fields.values() if shown)
    event_id = short_id(f"{identity(view, 'id')}:{text(view, 'hash') or ''}", view)
    files = tuple(map(attachment_of, sent))
    content = Content(kind=ContentKind.POSTBACK, text=words or None, payload=write_json(filled), attachments=files)
    yield Draft(told.received(content, told.webhook.received_at, event_id))


def _shortcut(told: _Interaction) -> Iterator[Draft]:
    """On a message it quotes that message."""
    message = optional_part(told.json, "message")
    channel, ts = text(optional_part(told.json, "channel"), "id"), text(message, "ts")
    words = text(message, "text")
    content = Content(
        kind=ContentKind.POSTBACK,
        text=plain(words) if words else None,
        payload=identity(told.json, "callback_id"),
        reply_to=message_id(channel, ts) if channel and ts else None,
    )
    stamp = text(told.json, "action_ts")
    event_id = short_id(f"{told.contact.address.value}:{stamp}:{text(told.json, 'callback_id')}", told.json)
    at = instant_of(stamp) if stamp else told.webhook.received_at
    yield Draft(told.received(content, at, event_id, channel, message or None))


def _dialog(told: _Interaction) -> Iterator[Draft]:
    filled = part(told.json, "submission")
    words = "\n".join(value for name in filled if (value := text(filled, name)))
    stamp = text(told.json, "action_ts")
    event_id = short_id(f"{told.contact.address.value}:{stamp}:{text(told.json, 'callback_id')}", told.json)
    content = Content(kind=ContentKind.POSTBACK, text=words or None, payload=write_json(dict(filled)))
    at = instant_of(stamp) if stamp else told.webhook.received_at
    yield Draft(told.received(content, at, event_id, text(optional_part(told.json, "channel"), "id")))


_READERS: dict[str, Callable[[_Interaction], Iterator[Draft]]] = {
    "block_actions": _actions,
    "interactive_message": _actions,
    "view_submission": _submission,
    "message_action": _shortcut,
    "shortcut": _shortcut,
    "dialog_submission": _dialog,
}
