"""Reactions, deletions, and people who come and go, of a Telegram update → events."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.inbound import ContactChange, ContactChanged, MessageReceived, MessageUnsent, ReactionReceived
from contracts.values import Contact, Content, ContentKind
from ingest.channels.telegram.messages import Update
from ingest.channels.telegram.people import contact_of, conversation_of, is_private, message_id
from ingest.domain.shape import Json, instant, items, mapping, optional_part, part, text, write_json
from ingest.domain.webhook import Draft

_SECOND = timedelta(seconds=1)
_OUTSIDE = frozenset({"left", "kicked"})


def reaction(update: Update) -> Iterator[Draft]:
    """Telegram tells all of a person's reactions as they are now; none left takes them back."""
    json = update.json
    who = contact_of(part(json, "user" if isinstance(json.get("user"), dict) else "actor_chat"))
    emojis = [_emoji(mapping(each, "a reaction")) for each in items(json, "new_reaction")]
    common = update.common(conversation_of(json), instant(json, "date", _SECOND), who)
    yield Draft(ReactionReceived(**common, provider_message_id=message_id(json), emoji="".join(emojis)))


def _emoji(kind: Json) -> str:
    if text(kind, "type") == "paid":
        return "⭐"
    return text(kind, "emoji") or f":{text(kind, 'custom_emoji_id')}:"


def deleted(update: Update) -> Iterator[Draft]:
    """Only business accounts are told. Telegram tells neither when nor by whom."""
    chat = contact_of(part(update.json, "chat"))
    for each in items(update.json, "message_ids"):
        name = message_id({"chat": update.json["chat"], "message_id": each})
        common = update.common(conversation_of(update.json), update.webhook.received_at, chat)
        yield Draft(MessageUnsent(**common, provider_message_id=name), part=name)


def blocked(update: Update) -> Iterator[Draft]:
    """What became of the bot itself: a person blocked it, or a group has it or has it no more. New rights are no news."""
    inside, contact = _is_inside(update.json), contact_of(part(update.json, "chat"))
    if inside is _is_inside(update.json, "old_chat_member") and "old_chat_member" in update.json:
        return
    if is_private(update.json):
        person = contact_of(part(update.json, "from"))
        change = ContactChange.FOLLOWED if inside else ContactChange.UNFOLLOWED
        yield _changed(update, person, change)
    else:
        yield _changed(update, contact, ContactChange.JOINED if inside else ContactChange.LEFT)


def member(update: Update) -> Iterator[Draft]:
    """A change of rights alone is no news."""
    now, before = _is_inside(update.json), _is_inside(update.json, "old_chat_member")
    if now is not before:
        person = contact_of(part(part(update.json, "new_chat_member"), "user"))
        yield _changed(update, person, ContactChange.JOINED if now else ContactChange.LEFT)


def joining(update: Update) -> Iterator[Draft]:
    said = text(update.json, "bio")
    detail = f"asks to join: {said}" if said else "asks to join"
    yield _changed(update, contact_of(part(update.json, "from")), ContactChange.ACTED, detail)


def poll_answer(update: Update) -> Iterator[Draft]:
    """An answer to a poll of ours that isn't anonymous; it names the poll, not the chat."""
    json = update.json
    who = contact_of(part(json, "user" if isinstance(json.get("user"), dict) else "voter_chat"))
    chosen = {"poll_id": json.get("poll_id"), "option_ids": json.get("option_ids")}
    yield Draft(
        MessageReceived(
            **update.common(who.address.value, update.webhook.received_at, who),
            provider_message_id=f"poll:{update.id}",
            content=Content(kind=ContentKind.POSTBACK, payload=write_json(chosen)),
        )
    )


def _is_inside(json: Json, name: str = "new_chat_member") -> bool:
    found = optional_part(json, name)
    restricted_away = text(found, "status") == "restricted" and found.get("is_member") is False
    return text(found, "status") not in _OUTSIDE and not restricted_away


def _changed(update: Update, contact: Contact, change: ContactChange, detail: str | None = None) -> Draft:
    at = instant(update.json, "date", _SECOND)
    common = update.common(conversation_of(update.json), at, contact)
    return Draft(ContactChanged(**common, change=change, detail=detail))
