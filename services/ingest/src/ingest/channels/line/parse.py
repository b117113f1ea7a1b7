"""A LINE webhook body → events. Pure; an event that can't be read is kept raw and spoils no other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from contracts.inbound import ContactChange, ContactChanged, MessageEdited, MessageReceived, MessageUnsent
from contracts.values import Contact, ReplyHandle
from ingest.channels.line.contents import content_of, postback_content
from ingest.channels.line.sources import Source, contact_of, source_of
from ingest.domain.shape import (
    MAX_ID_CHARS,
    Json,
    Unreadable,
    identity,
    instant,
    instant_if_any,
    items,
    mapping,
    optional_part,
    part,
    read_json,
    text,
    write_json,
)
from ingest.domain.unrecognised import content_id, keep, keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf
from runtime.errors import Refused

REPLY_TOKEN_LIFE = timedelta(seconds=50)
"""LINE promises about a minute from the event; the rest is for our own way."""

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class _Event:
    """One event object with what every kind of it has."""

    webhook: Webhook
    json: Json
    id: str
    at: datetime
    source: Source

    def common(self) -> dict[str, Any]:
        return {
            "channel": self.webhook.account.channel,
            "account": self.webhook.account.id,
            "conversation": self.source.conversation,
            "provider_event_id": self.id,
            "occurred_at": self.at,
            "received_at": self.webhook.received_at,
        }


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    """`{"events": []}` is the console's "Verify": no events. Refuses a body that is meant for another bot."""
    try:
        body = mapping(read_json(webhook.body), "the body")
        events = items(body, "events") if "events" in body else None
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    if events is None:
        return (keep(webhook, "events is missing", body),)
    _check_destination(webhook, body)
    return tuple(draft for event in events for draft in _read(webhook, event))


def _check_destination(webhook: Webhook, body: Json) -> None:
    mine, meant = webhook.account.external_id, body.get("destination")
    if mine and meant and meant != mine:
        raise Refused("wrong_destination", "the destination is not this account's bot user id", status=403)


def _read(webhook: Webhook, value: object) -> list[Draft]:
    try:
        json = mapping(value, "an event")
        read = _READERS.get(text(json, "type") or "")
        if read is None:
            raise Unreadable("an event type that this adapter doesn't know")
        at = instant(json, "timestamp", _MILLISECOND)
        return list(read(_Event(webhook, json, _event_id(json), at, source_of(json))))
    except Unreadable as error:
        return [_keep(webhook, error.reason, value)]
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        return [_keep(webhook, f"{error.title}.{where} has no legal value", value)]


def _keep(webhook: Webhook, reason: str, value: object) -> Draft:
    known = value if isinstance(value, dict) else {}
    try:
        conversation = source_of(known).conversation
    except Unreadable:
        conversation = ""
    return keep(
        webhook,
        reason,
        value,
        conversation=conversation,
        occurred_at=instant_if_any(known, "timestamp", _MILLISECOND),
        provider_event_id=_event_id(known),
    )


def _event_id(event: Json) -> str:
    """`webhookEventId`; for senders of the days before it, the event itself but for the mark of redelivery."""
    found = text(event, "webhookEventId")
    if found and len(found) <= MAX_ID_CHARS:
        return found
    return content_id(write_json({name: value for name, value in event.items() if name != "deliveryContext"}))


def _reply_handle(event: _Event) -> ReplyHandle | None:
    token = text(event.json, "replyToken")
    return ReplyHandle(token=token, expires_at=event.at + REPLY_TOKEN_LIFE) if token else None


def _message(event: _Event) -> Iterator[Draft]:
    message = part(event.json, "message")
    yield Draft(
        MessageReceived(
            **event.common(),
            contact=event.source.contact,
            provider_message_id=identity(message, "id"),
            content=content_of(message),
            reply_handle=_reply_handle(event),
            standby=event.json.get("mode") == "standby",
        )
    )


def _postback(event: _Event) -> Iterator[Draft]:
    yield Draft(
        MessageReceived(
            **event.common(),
            contact=event.source.contact,
            provider_message_id=event.id,
            content=postback_content(part(event.json, "postback")),
            reply_handle=_reply_handle(event),
            standby=event.json.get("mode") == "standby",
        )
    )


def _edited(event: _Event) -> Iterator[Draft]:
    message = part(event.json, "message")
    yield Draft(
        MessageEdited(
            **event.common(),
            contact=event.source.contact,
            provider_message_id=identity(message, "id"),
            content=content_of(message),
        )
    )


def _unsend(event: _Event) -> Iterator[Draft]:
    message_id = identity(part(event.json, "unsend"), "messageId")
    yield Draft(MessageUnsent(**event.common(), contact=event.source.contact, provider_message_id=message_id))


def _changed(event: _Event, contact: Contact, change: ContactChange, detail: str | None = None) -> ContactChanged:
    return ContactChanged(**event.common(), contact=contact, change=change, detail=detail)


def _followed(event: _Event) -> Iterator[Draft]:
    unblocked = optional_part(event.json, "follow").get("isUnblocked") is True
    yield Draft(_changed(event, event.source.contact, ContactChange.FOLLOWED, "unblocked" if unblocked else None))


def _one(change: ContactChange) -> Callable[[_Event], Iterator[Draft]]:
    def read(event: _Event) -> Iterator[Draft]:
        yield Draft(_changed(event, event.source.contact, change))

    return read


def _members(name: str, change: ContactChange) -> Callable[[_Event], Iterator[Draft]]:
    def read(event: _Event) -> Iterator[Draft]:
        for member in items(part(event.json, name), "members"):
            user = identity(mapping(member, "a member"), "userId")
            yield Draft(_changed(event, contact_of(user), change), part=user)

    return read


_READERS: dict[str, Callable[[_Event], Iterator[Draft]]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _unsend,
    "postback": _postback,
    "follow": _followed,
    "unfollow": _one(ContactChange.UNFOLLOWED),
    "join": _one(ContactChange.JOINED),
    "leave": _one(ContactChange.LEFT),
    "memberJoined": _members("joined", ContactChange.JOINED),
    "memberLeft": _members("left", ContactChange.LEFT),
}
