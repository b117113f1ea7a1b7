"""SMS and WhatsApp: a message, a change of mind about messages, a receipt."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.inbound import ContactChange, ContactChanged, MessageReceived, ReactionReceived, ReceiptReceived
from contracts.values import MessageStatus
from ingest.channels.twilio.contents import content_of
from ingest.channels.twilio.request import Fields, Request, contact_of, fields_of, request_of
from ingest.domain.frame import Known, read_or_keep
from ingest.domain.shape import MAX_ID_CHARS, Unreadable, identity, text, write_json
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

WHATSAPP_WINDOW = timedelta(hours=24)
_COMING = frozenset({"received", "receiving", ""})
_STATUSES = {
    "accepted": MessageStatus.QUEUED,
    "scheduled": MessageStatus.QUEUED,
    "queued": MessageStatus.QUEUED,
    "sending": MessageStatus.QUEUED,
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "undelivered": MessageStatus.FAILED,
    "failed": MessageStatus.FAILED,
    "canceled": MessageStatus.FAILED,
}
_CHOICES = {"STOP": ContactChange.OPTED_OUT, "START": ContactChange.OPTED_IN}


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    """A request without `MessageStatus` is a message of a person's; with one it's about a message of ours."""
    try:
        fields = fields_of(webhook)
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    status = _status(fields)
    coming = status in _COMING
    request = request_of(webhook, fields, fields.get("To" if coming else "From", ""), account_of)
    event_id = _id(fields) if coming else f"{_id(fields)}:{status}"
    return read_or_keep(
        webhook,
        fields,
        lambda: _message(request) if coming else _receipt(request, status),
        lambda: Known(id=event_id[:MAX_ID_CHARS] if _id(fields) else None),
    )


def _status(fields: Fields) -> str:
    return (fields.get("MessageStatus") or fields.get("SmsStatus") or "").lower()


def _id(fields: Fields) -> str:
    return fields.get("MessageSid") or fields.get("SmsSid") or fields.get("SmsMessageSid") or ""


def _message(request: Request) -> Iterator[Draft]:
    fields = request.fields
    contact = contact_of(fields, "From")
    sid = identity({"MessageSid": _id(fields)}, "MessageSid")
    common = request.common(sid, contact.address.value)
    change = _CHOICES.get(fields.get("OptOutType", "").upper())
    if change is not None:
        yield Draft(ContactChanged(**common, contact=contact, change=change, detail=text(fields, "Body")))
        return
    if fields.get("MessageType") == "reaction" and fields.get("OriginalRepliedMessageSid"):
        original = identity(fields, "OriginalRepliedMessageSid")
        yield Draft(
            ReactionReceived(**common, contact=contact, provider_message_id=original, emoji=fields.get("Body", ""))
        )
        return
    on_whatsapp = fields.get("From", "").startswith("whatsapp:")
    yield Draft(
        MessageReceived(
            **common,
            contact=contact,
            provider_message_id=sid,
            content=content_of(fields),
            window_closes_at=request.webhook.received_at + WHATSAPP_WINDOW if on_whatsapp else None,
            thread=_thread(fields, sid if on_whatsapp else None),
        )
    )


def _thread(fields: Fields, shown_typing: str | None) -> dict[str, str]:
    """What showing that we type needs, and the advertisement that led here (`ReferralSourceId` …), for who measures it."""
    told = {name: value for name, value in fields.items() if name.startswith("Referral") and name != "ReferralNumMedia"}
    referral = {name.removeprefix("Referral"): value for name, value in told.items() if value}
    thread = {"from": identity(fields, "To")} if fields.get("To") else {}
    thread |= {"message_id": shown_typing} if shown_typing else {}
    return thread | ({"referral": write_json(referral)} if referral else {})


def _receipt(request: Request, status: str) -> Iterator[Draft]:
    fields = request.fields
    known = _STATUSES.get(status)
    if known is None:
        raise Unreadable("a message status that this adapter doesn't know")
    sid = identity({"MessageSid": _id(fields)}, "MessageSid")
    conversation = contact_of(fields, "To").address.value if fields.get("To") else ""
    code = text(fields, "ErrorCode")
    yield Draft(
        ReceiptReceived(
            **request.common(f"{sid}:{status}", conversation),
            provider_message_id=sid,
            status=known,
            error_code=code if code != "0" else None,
            error_reason=text(fields, "ErrorMessage") or text(fields, "ChannelStatusMessage"),
        )
    )
