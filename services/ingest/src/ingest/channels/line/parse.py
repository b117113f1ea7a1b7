"""A LINE webhook body → events. Pure; an event that can't be read is kept raw and spoils no other."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from ingest.channels.line.changes import CHANGES
from ingest.channels.line.events import MESSAGES, Event
from ingest.channels.line.sources import source_of
from ingest.domain.frame import Known, read_or_keep, short_id
from ingest.domain.shape import (
    Json,
    Unreadable,
    instant,
    instant_if_any,
    items,
    mapping,
    read_json,
    text,
)
from ingest.domain.unrecognised import keep, keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf
from runtime.errors import Refused

_MILLISECOND = timedelta(milliseconds=1)
_TRIALS = ("0" * 32, "f" * 32)
"""The reply tokens of the two messages that LINE's console made up to verify an endpoint, before it sent none."""
_READERS: dict[str, Callable[[Event], Iterator[Draft]]] = {**MESSAGES, **CHANGES}


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
    return tuple(draft for event in events for draft in _element(webhook, event))


def _check_destination(webhook: Webhook, body: Json) -> None:
    mine, meant = webhook.account.external_id, body.get("destination")
    if mine and meant and meant != mine:
        raise Refused("wrong_destination", "the destination is not this account's bot user id", status=403)


def _element(webhook: Webhook, value: object) -> tuple[Draft, ...]:
    return read_or_keep(webhook, value, partial(_read, webhook, value), lambda: _known(value))


def _read(webhook: Webhook, value: object) -> Iterator[Draft]:
    """Whether the official account lives, and what is attached to it, is told without a source: that is kept whole."""
    json = mapping(value, "an event")
    if json.get("replyToken") in _TRIALS:
        return
    read = _READERS.get(text(json, "type") or "")
    if read is None:
        raise Unreadable("an event type that this adapter doesn't know")
    yield from read(Event(webhook, json, _event_id(json), instant(json, "timestamp", _MILLISECOND), source_of(json)))


def _known(value: object) -> Known:
    event = value if isinstance(value, dict) else {}
    try:
        conversation = source_of(event).conversation
    except Unreadable:
        conversation = ""
    return Known(conversation, _event_id(event), instant_if_any(event, "timestamp", _MILLISECOND))


def _event_id(event: Json) -> str:
    """`webhookEventId`; for senders of the days before it, the event itself but for the mark of redelivery."""
    without_mark = {name: value for name, value in event.items() if name != "deliveryContext"}
    return short_id(text(event, "webhookEventId"), without_mark)
