"""A Postmark webhook → events: inbound mail and what became of mail of ours. Source: Postmark documentation, "Webhooks"."""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from contracts.inbound import ContactChange
from ingest.channels.email.filing import Arrival, file_change, file_letter, file_report, file_source, keep_whole
from ingest.domain.mail import headers as head
from ingest.domain.mail.bounces import Fate, Report
from ingest.domain.mail.html_text import text_of
from ingest.domain.mail.letter import File
from ingest.domain.mail.mime import with_headers
from ingest.domain.shape import Json, Unreadable, items, mapping, optional_part, read_json, text
from ingest.domain.unrecognised import keep
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_RECORDS: Final = {
    "Delivery": (Fate.DELIVERED, "Recipient", "DeliveredAt"),
    "Open": (Fate.READ, "Recipient", "ReceivedAt"),
    "Click": (Fate.READ, "Recipient", "ReceivedAt"),
    "Bounce": (Fate.FAILED, "Email", "BouncedAt"),
    "SpamComplaint": (Fate.COMPLAINED, "Email", "BouncedAt"),
}
_NO_FAILURE: Final = frozenset(
    {
        "Transient",
        "AutoResponder",
        "Subscribe",
        "Unsubscribe",
        "AddressChange",
        "OpenRelayTest",
        "ChallengeVerification",
    }
)
"""Kinds of bounce after which the mail is on its way still, or arrived."""


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_whole(webhook, error.reason),)
    kind = text(body, "RecordType")
    if kind == "SubscriptionChange":
        return tuple(_subscription(webhook, body))
    if kind in _RECORDS:
        return tuple(_record(webhook, body, kind))
    if kind in (None, "Inbound") and ("FromFull" in body or "From" in body):
        return _inbound(webhook, body)
    return (keep(webhook, "a record that this adapter doesn't know", body),)


def _record(webhook: Webhook, body: Json, kind: str) -> Iterator[Draft]:
    fate, recipient, time = _RECORDS[kind]
    message_id, at = text(body, "MessageID"), _instant(text(body, time))
    if message_id is None:
        yield keep(webhook, "MessageID is missing", body)
        return
    if kind == "Bounce" and text(body, "Type") in _NO_FAILURE:
        return
    reason = text(body, "Details") or text(body, "Description") or ""
    report = Report(fate, message_id, head.bare(text(body, recipient) or ""), text(body, "Type") or "", reason)
    yield from file_report(webhook, report, f"{kind}:{body.get('ID') or message_id}:{report.recipient}", at)


def _subscription(webhook: Webhook, body: Json) -> Iterator[Draft]:
    """Bounces and complaints suppress too, and have a record of their own."""
    person, time = head.bare(text(body, "Recipient") or ""), text(body, "ChangedAt")
    reason = text(body, "SuppressionReason")
    suppressed = body.get("SuppressSending") is True
    if not person or (suppressed and reason in ("HardBounce", "SpamComplaint")):
        return
    change = ContactChange.OPTED_OUT if suppressed else ContactChange.OPTED_IN
    yield file_change(webhook, person, change, reason, f"SubscriptionChange:{person}:{time}", _instant(time))


def _instant(value: str | None) -> datetime | None:
    """RFC 3339, sometimes with seven digits of a second."""
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    if found is None or not 1970 <= found.year < 9998:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _inbound(webhook: Webhook, body: Json) -> tuple[Draft, ...]:
    guid = text(body, "MessageID")
    arrival = Arrival(recipients=_recipients(body), event_id=f"Inbound:{guid}" if guid else None)
    raw = text(body, "RawEmail")
    if raw:
        return file_source(webhook, raw.encode(), arrival)
    try:
        headers = _headers(body)
        files = tuple(_files(body))
    except Unreadable as error:
        return (keep_whole(webhook, error.reason, guid),)
    html = text(body, "HtmlBody") or ""
    letter = with_headers(
        headers,
        text=text(body, "TextBody") or text_of(html),
        html=html,
        stripped=text(body, "StrippedTextReply") or "",
        files=files,
    )
    return file_letter(webhook, letter, arrival)


def _recipients(body: Json) -> tuple[str, ...]:
    original = text(body, "OriginalRecipient")
    if original:
        return (original,)
    found = [optional["Email"] for name in ("ToFull", "CcFull") for optional in _people(body, name)]
    return tuple(one for one in found if isinstance(one, str))


def _people(body: Json, name: str) -> list[Json]:
    listed = body.get(name)
    return [one for one in listed if isinstance(one, dict) and "Email" in one] if isinstance(listed, list) else []


def _headers(body: Json) -> head.Headers:
    """`Headers` leaves out what has a field of its own."""
    listed = [mapping(one, "a header") for one in items(body, "Headers")]
    found = head.gathered((text(one, "Name") or "", text(one, "Value") or "") for one in listed)
    sender = optional_part(body, "FromFull")
    address = text(sender, "Email")
    found["from"] = [_mailbox(text(sender, "Name") or "", address) if address else (text(body, "From") or "")]
    for name, field in (("to", "To"), ("cc", "Cc"), ("subject", "Subject"), ("date", "Date"), ("reply-to", "ReplyTo")):
        if text(body, field):
            found[name] = [text(body, field) or ""]
    if "message-id" not in found and text(body, "MessageID"):
        found["message-id"] = [text(body, "MessageID") or ""]
    return found


def _mailbox(name: str, address: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if name else address


def _files(body: Json) -> Iterator[File]:
    for value in items(body, "Attachments"):
        one = mapping(value, "an attachment")
        try:
            content = base64.b64decode(text(one, "Content") or text(one, "Data") or "")
        except (binascii.Error, ValueError):
            raise Unreadable("an attachment is not base64") from None
        place = text(one, "ContentID")
        mime = (text(one, "ContentType") or "application/octet-stream").partition(";")[0]
        yield File(
            content,
            mime,
            text(one, "Name"),
            place.strip("<>").removeprefix("cid:") if place else None,
            place is not None,
        )
