"""A canonical message → one event. This door is our own API: what is wrong is refused and told, nothing is kept of it."""

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from contracts.inbound import MessageEdited, MessageReceived, MessageUnsent, ReactionReceived, ReceiptReceived
from contracts.values import (
    Address,
    AddressKind,
    Contact,
    Content,
    ContentKind,
    Location,
    MessageStatus,
)
from ingest.channels.webhook.calls import CallTold
from ingest.channels.webhook.message import MESSAGE, Edited, Message, Reaction, Receipt, Received, Unsent
from ingest.channels.webhook.parts import Sender, attachment
from ingest.domain.shape import MAX_ID_CHARS, Unreadable, read_json
from ingest.domain.text import clean
from ingest.domain.webhook import Draft, InboundEvent, Webhook
from ingest.handlers.ports import AccountOf
from runtime.errors import Malformed

_MAX_POINTER_CHARS = 300


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    """Raises Malformed with a JSON pointer to the field."""
    return (Draft(_event(_read(webhook.body), webhook)),)


def _read(body: bytes) -> Message:
    """The message itself, or in the standard's envelope `{type, timestamp, data}`.

    Lone surrogates are legal JSON, but no UTF-8 and so nothing that the strict reader takes: they are replaced first.
    """
    try:
        return MESSAGE.validate_json(body)
    except ValidationError as error:
        first = error
    try:
        value = read_json(body)
    except Unreadable as error:
        raise Malformed(f"{error.reason}.", code="invalid_json", status=400) from None
    inner = _unwrapped(value)
    if inner is None and first.errors()[0]["type"] != "json_invalid":
        raise _malformed(first)
    try:
        return MESSAGE.validate_json(clean(json.dumps(value if inner is None else inner, ensure_ascii=False)))
    except ValidationError as error:
        raise _malformed(error, "" if inner is None else "/data") from None


def _unwrapped(value: object) -> dict[str, Any] | None:
    if not isinstance(value, dict) or not isinstance(value.get("data"), dict):
        return None
    told = {"occurred_at": value["timestamp"]} if "timestamp" in value else {}
    return {**told, **value["data"], "type": value.get("type")}


def _malformed(error: ValidationError, below: str = "") -> Malformed:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = first["loc"][1:] if first["type"] not in ("union_tag_invalid", "union_tag_not_found") else ("type",)
    if first["type"] in ("union_tag_invalid", "union_tag_not_found"):
        sentence = (
            "The type must be one of message.received, message.edited, message.unsent, reaction, receipt, call.*."
        )
    else:
        sentence = f"{first['msg']}."
    below = "" if where == ("type",) else below
    pointer = below + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in where)
    return Malformed(sentence, code="invalid_message", status=422, pointer=pointer[:_MAX_POINTER_CHARS])


def _event(message: Message, webhook: Webhook) -> InboundEvent:
    match message:
        case Received():
            return MessageReceived(
                **_from_person(message, webhook), content=_content(message), provider_message_id=message.message_id
            )
        case Edited():
            return MessageEdited(
                **_from_person(message, webhook), content=_content(message), provider_message_id=message.message_id
            )
        case Unsent():
            return MessageUnsent(**_from_person(message, webhook), provider_message_id=message.message_id)
        case Reaction():
            return ReactionReceived(
                **_from_person(message, webhook), provider_message_id=message.message_id, emoji=message.emoji
            )
        case Receipt():
            return _receipt(message, webhook)
        case CallTold():
            return MessageReceived(
                **_from_person(message, webhook),
                content=message.content(),
                provider_message_id=message.id,
                standby=not message.inbound,
            )


def _receipt(receipt: Receipt, webhook: Webhook) -> ReceiptReceived:
    return ReceiptReceived(
        **_common(webhook, receipt.occurred_at),
        conversation=receipt.conversation,
        provider_message_id=receipt.message_id,
        status=MessageStatus(receipt.status),
        error_code=receipt.error_code,
        error_reason=receipt.error_reason,
    )


def _common(webhook: Webhook, occurred_at: datetime | None) -> dict[str, Any]:
    webhook_id = clean(webhook.headers["webhook-id"])
    if len(webhook_id) > MAX_ID_CHARS:
        raise Malformed(f"webhook-id is longer than {MAX_ID_CHARS} characters.", code="invalid_message", status=422)
    signed_at = datetime.fromtimestamp(int(webhook.headers["webhook-timestamp"]), UTC)
    return {
        "channel": webhook.account.channel,
        "account": webhook.account.id,
        "provider_event_id": webhook_id,
        "occurred_at": occurred_at or signed_at,
        "received_at": webhook.received_at,
    }


def _from_person(message: Received | Edited | Unsent | Reaction | CallTold, webhook: Webhook) -> dict[str, Any]:
    return {
        **_common(webhook, message.occurred_at),
        "conversation": message.conversation or message.contact.id,
        "contact": _contact(message.contact),
    }


def _contact(sender: Sender) -> Contact:
    others = ((AddressKind.PHONE, sender.phone), (AddressKind.EMAIL, sender.email))
    return Contact(
        address=Address(kind=AddressKind.EXTERNAL, value=sender.id),
        alternates=tuple(Address(kind=kind, value=value) for kind, value in others if value),
        display_name=sender.name,
        language=sender.language,
    )


def _content(message: Received | Edited) -> Content:
    place = message.location
    return Content(
        kind=_kind(message),
        text=message.text,
        attachments=tuple(map(attachment, message.attachments)),
        location=Location(**place.model_dump()) if place else None,
        payload=message.payload,
        reply_to=message.reply_to,
    )


def _kind(message: Received | Edited) -> ContentKind:
    if message.attachments:
        return ContentKind(message.attachments[0].kind)
    if message.location:
        return ContentKind.LOCATION
    return ContentKind.TEXT if message.payload is None else ContentKind.POSTBACK
