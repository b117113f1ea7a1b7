"""A WhatsApp Cloud API webhook body → events. Pure; what can't be read is kept raw and spoils nothing else.

One request may batch several changes, each for its own phone number: the account is told per change, not per request.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from pydantic import ValidationError

from ingest.channels.whatsapp.messages import Envelope, conversation_if_known, event_of
from ingest.channels.whatsapp.people import entry_of
from ingest.channels.whatsapp.receipts import IGNORED, receipt_of
from ingest.domain.shape import (
    MAX_ID_CHARS,
    Json,
    Unreadable,
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
from ingest.domain.webhook import Draft, InboundEvent, Webhook
from ingest.handlers.ports import AccountOf


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
        entries = items(body, "entry") if "entry" in body else None
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    if entries is None:
        return (keep(webhook, "entry is missing", body),)
    return tuple(draft for entry in entries for draft in _entry(webhook, entry, account_of))


def _entry(webhook: Webhook, entry: object, account_of: AccountOf) -> Iterator[Draft]:
    try:
        known = mapping(entry, "an entry")
        changes = items(known, "changes") if "changes" in known else (None,)
    except Unreadable as error:
        yield keep(webhook, error.reason, entry)
        return
    about = {name: value for name, value in known.items() if name != "changes"}
    for change in changes:
        yield from _change(webhook, about, change, account_of)


def _change(webhook: Webhook, entry: Json, change: object, account_of: AccountOf) -> Iterator[Draft]:
    whole = {**entry, "changes": [change]}
    try:
        known = mapping(change, "a change")
        if known.get("field") != "messages":
            raise Unreadable("a webhook field that this adapter doesn't know")
        value = part(known, "value")
        account = _account_of(webhook, value, account_of)
        parts = [(name, items(value, name)) for name in ("messages", "statuses", "errors")]
    except Unreadable as error:
        yield keep(webhook, error.reason, whole)
        return
    if not any(found for _, found in parts):
        yield keep(webhook, "a change without messages or statuses", whole)
    envelope = Envelope(webhook.account.channel, account, webhook.received_at)
    for name, found in parts:
        for element in found:
            yield from _element(webhook, envelope, name, element, value)


def _account_of(webhook: Webhook, value: Json, account_of: AccountOf) -> str:
    """An account that names no phone number takes every number that no other account claims."""
    number = text(optional_part(value, "metadata"), "phone_number_id") or ""
    if number == webhook.account.external_id:
        return webhook.account.id
    found = account_of(number)
    if found is None and webhook.account.external_id is not None:
        raise Unreadable("metadata.phone_number_id belongs to no account of this tenant")
    return found or webhook.account.id


def _element(webhook: Webhook, envelope: Envelope, name: str, element: object, value: Json) -> Iterator[Draft]:
    try:
        known = mapping(element, f"an entry of {name}")
        if name == "statuses" and known.get("status") == IGNORED:
            return
        yield Draft(_READERS[name](known, value, envelope))
    except Unreadable as error:
        yield _keep(webhook, envelope, error.reason, element, value)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        yield _keep(webhook, envelope, f"{error.title}.{where} has no legal value", element, value)


def _keep(webhook: Webhook, envelope: Envelope, reason: str, element: object, value: Json) -> Draft:
    known = element if isinstance(element, dict) else {}
    wamid = text(known, "id")
    if wamid is None or len(wamid) > MAX_ID_CHARS:
        wamid = content_id(write_json(element))
    status = text(known, "status")
    return keep(
        webhook,
        reason,
        {"element": element, "contact": entry_of(known, value)},
        account=envelope.account,
        conversation=conversation_if_known(known, value),
        occurred_at=instant_if_any(known, "timestamp", timedelta(seconds=1)),
        provider_event_id=f"{wamid}:{content_id(status)}" if status else wamid,
    )


def _value_error(error: Json, value: Json, envelope: Envelope) -> InboundEvent:
    raise Unreadable("the provider reports an error of its own")


_READERS: dict[str, Callable[[Json, Json, Envelope], InboundEvent]] = {
    "messages": event_of,
    "statuses": lambda status, value, envelope: receipt_of(status, envelope),
    "errors": _value_error,
}
