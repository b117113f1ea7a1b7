"""SMS API: a message, a part of a long one, a delivery receipt. Vonage, "Inbound SMS", "Delivery receipts"."""

from collections.abc import Iterator
from typing import Any

from contracts.inbound import MessagePartReceived, MessageReceived, ReceiptReceived
from contracts.values import Content, ContentKind, MessageStatus
from ingest.channels.vonage_sms import messages_api
from ingest.channels.vonage_sms.request import account_at, instant_of, parameters, person, told, whole_number
from ingest.domain.frame import read_or_keep
from ingest.domain.shape import Json, Unreadable, identity, text
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_STATUSES = {
    "delivered": MessageStatus.DELIVERED,
    "accepted": MessageStatus.SENT,
    "buffered": MessageStatus.SENT,
    "failed": MessageStatus.FAILED,
    "expired": MessageStatus.FAILED,
    "rejected": MessageStatus.FAILED,
}
_REASONS = {
    "1": "unknown",
    "2": "absent subscriber, for now",
    "3": "absent subscriber, for good",
    "4": "call barred by user",
    "5": "portability error",
    "6": "anti-spam rejection",
    "7": "handset busy",
    "8": "network error",
    "9": "illegal number",
    "10": "illegal message",
    "11": "unroutable",
    "12": "destination unreachable",
    "13": "subscriber age restriction",
    "14": "number blocked by carrier",
    "15": "prepaid, insufficient funds",
    "99": "general error",
}


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        given = told(parameters(webhook))
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    if "message_uuid" in given:
        return read_or_keep(webhook, given, lambda: messages_api.read(webhook, given, account_of))
    return read_or_keep(webhook, given, lambda: _read(webhook, given, account_of))


def _read(webhook: Webhook, given: Json, account_of: AccountOf) -> Iterator[Draft]:
    message_id = identity(given, "messageId")
    if "status" in given:
        yield from _receipt(webhook, given, message_id)
        return
    contact = person(given, "msisdn")
    ours = identity(given, "to")
    common: dict[str, Any] = {
        "channel": webhook.account.channel,
        "account": account_at(webhook, ours, account_of),
        "conversation": contact.address.value,
        "provider_event_id": message_id,
        "occurred_at": instant_of(given, webhook),
        "received_at": webhook.received_at,
        "contact": contact,
        "provider_message_id": message_id,
        "content": _content(given),
    }
    if (text(given, "concat") or "").lower() == "true" or "concat-ref" in given:
        total, index = whole_number(given, "concat-total"), whole_number(given, "concat-part")
        if not 1 <= index <= total:
            raise Unreadable("concat-part is not one of concat-total")
        reference = identity(given, "concat-ref")
        yield Draft(MessagePartReceived(**common, reference=reference, index=index, total=total))
    else:
        yield Draft(MessageReceived(**common, thread={"from": ours}))


def _content(given: Json) -> Content:
    """What a machine sends as bytes is shown to nobody as words."""
    if text(given, "type") == "binary":
        return Content(kind=ContentKind.UNKNOWN, payload=text(given, "data"))
    words = given.get("text")
    return Content(kind=ContentKind.TEXT, text=(text(given, "text") or "") if isinstance(words, str) else None)


def _receipt(webhook: Webhook, given: Json, message_id: str) -> Iterator[Draft]:
    """`unknown` changes nothing."""
    said = (text(given, "status") or "").lower()
    if said == "unknown":
        return
    status = _STATUSES.get(said)
    if status is None:
        raise Unreadable("a delivery status that this adapter doesn't know")
    code = text(given, "err-code")
    yield Draft(
        ReceiptReceived(
            channel=webhook.account.channel,
            account=webhook.account.id,
            conversation=person(given, "msisdn").address.value if given.get("msisdn") else "",
            provider_event_id=f"{message_id}:{said}",
            occurred_at=instant_of(given, webhook),
            received_at=webhook.received_at,
            provider_message_id=message_id,
            status=status,
            error_code=None if code in (None, "0") else code,
            error_reason=_REASONS.get(code or ""),
        )
    )
