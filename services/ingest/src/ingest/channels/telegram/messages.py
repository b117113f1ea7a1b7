"""Messages, edits and pressed buttons of a Telegram update → events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.inbound import ContactChange, ContactChanged, MessageEchoed, MessageEdited, MessageReceived
from contracts.values import Contact, Content, ContentKind
from ingest.channels.telegram.contents import content_of
from ingest.channels.telegram.people import (
    contact_of,
    conversation_of,
    is_private,
    message_id,
    number,
    sender_of,
    thread_of,
)
from ingest.domain.frame import Frame
from ingest.domain.shape import Json, identity, instant, items, mapping, optional_part, part, text
from ingest.domain.webhook import Draft, Webhook

BY = "Telegram Business"
_SECOND = timedelta(seconds=1)
_SILENT = frozenset(
    [
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_from_chat_id",
        "pinned_message",
        "connected_website",
        "write_access_allowed",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "giveaway_created",
        "giveaway",
        "giveaway_winners",
        "giveaway_completed",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "direct_message_price_changed",
        "paid_message_price_changed",
        "chat_owner_left",
        "chat_owner_changed",
        "managed_bot_created",
        "poll_option_added",
        "poll_option_deleted",
    ]
)
"""News about the chat's furniture, as messages."""


@dataclass(frozen=True, slots=True)
class Update:
    """`json` is the one object of the update; `id` its update_id."""

    webhook: Webhook
    id: str
    json: Json

    def at(self) -> datetime:
        return instant(self.json, "edit_date" if self.json.get("edit_date") else "date", _SECOND)

    def common(self, conversation: str, at: datetime, contact: Contact) -> dict[str, Any]:
        return {**Frame(self.webhook, conversation, self.id, at).common(), "contact": contact}


def received(update: Update) -> Iterator[Draft]:
    message = update.json
    if message.get("new_chat_members"):
        for each in items(message, "new_chat_members"):
            yield _changed(update, contact_of(mapping(each, "a member")), ContactChange.JOINED)
    elif message.get("left_chat_member"):
        yield _changed(update, contact_of(part(message, "left_chat_member")), ContactChange.LEFT)
    elif message.get("migrate_to_chat_id"):
        yield _migrated(update)
    elif not any(message.get(name) is not None for name in _SILENT):
        yield _message(update)


def _message(update: Update) -> Draft:
    message = update.json
    return Draft(
        MessageReceived(
            **update.common(conversation_of(message), update.at(), sender_of(message)),
            provider_message_id=message_id(message),
            content=content_of(message),
            thread=thread_of(message),
            automatic=_automatic(message),
        )
    )


def _automatic(message: Json) -> bool:
    """A bot, a channel's post forwarded by itself, a greeting; an anonymous administrator only looks like a bot."""
    robot = optional_part(message, "from").get("is_bot") is True and not message.get("sender_chat")
    return robot or message.get("is_automatic_forward") is True or message.get("is_from_offline") is True


def edited(update: Update) -> Iterator[Draft]:
    message = update.json
    common = update.common(conversation_of(message), update.at(), sender_of(message))
    yield Draft(MessageEdited(**common, provider_message_id=message_id(message), content=content_of(message)))


def business(update: Update) -> Iterator[Draft]:
    """In a customer's chat with a business: the customer, its owner, or we for the owner."""
    message = update.json
    if message.get("sender_business_bot"):
        return
    if not _by_owner(message):
        yield from received(update)
        return
    common = update.common(conversation_of(message), update.at(), contact_of(part(message, "chat")))
    content = content_of(message)
    yield Draft(MessageEchoed(**common, provider_message_id=message_id(message), content=content, by=BY))


def edited_business(update: Update) -> Iterator[Draft]:
    if not update.json.get("sender_business_bot"):
        yield from edited(update)


def _by_owner(message: Json) -> bool:
    sender = message.get("from")
    return is_private(message) and isinstance(sender, dict) and sender.get("id") != part(message, "chat").get("id")


def callback(update: Update) -> Iterator[Draft]:
    """A query has no time of its own, and its message may be too old to be shown."""
    query = update.json
    contact, message = contact_of(part(query, "from")), optional_part(query, "message")
    conversation = conversation_of(message) if message else contact.address.value
    content = Content(
        kind=ContentKind.POSTBACK,
        text=_label(message, query),
        payload=text(query, "data") or text(query, "game_short_name"),
        reply_to=message_id(message) if message else None,
    )
    yield Draft(
        MessageReceived(
            **update.common(conversation, update.webhook.received_at, contact),
            provider_message_id=f"callback:{identity(query, 'id')}",
            content=content,
            thread=thread_of(message) if message else {},
        )
    )


def _label(message: Json, query: Json) -> str | None:
    rows = optional_part(message, "reply_markup").get("inline_keyboard")
    buttons = [button for row in rows if isinstance(row, list) for button in row] if isinstance(rows, list) else []
    pressed = (one for one in buttons if isinstance(one, dict) and one.get("callback_data") == query.get("data"))
    return text(next(pressed, {}), "text")


def _migrated(update: Update) -> Draft:
    """A group became a supergroup: the same chat under a new id."""
    old = contact_of(part(update.json, "chat"))
    new = number(update.json, "migrate_to_chat_id")
    contact = old.model_copy(update={"alternates": (old.address.model_copy(update={"value": new}),)})
    return _changed(update, contact, ContactChange.NUMBER_CHANGED, new)


def _changed(update: Update, contact: Contact, change: ContactChange, detail: str | None = None) -> Draft:
    common = update.common(conversation_of(update.json), update.at(), contact)
    return Draft(ContactChanged(**common, change=change, detail=detail), part=contact.address.value)
