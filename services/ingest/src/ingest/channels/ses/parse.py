"""A message of Amazon SES, out of its SNS envelope → events: mail received, and what became of mail of ours.

Source: SES documentation, "Amazon SES notification contents" (received; bounce, complaint, delivery) and "event publishing".
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from contracts.inbound import ContactChange
from ingest.channels.email.filing import Arrival, file_change, file_letter, file_report, file_source
from ingest.channels.ses.envelope import CONFIRMATION, NOTIFICATION, envelope_of
from ingest.channels.ses.stored import stored_at
from ingest.domain.mail import headers as head
from ingest.domain.mail.bounces import Fate, Report
from ingest.domain.mail.mime import with_headers
from ingest.domain.shape import Json, Unreadable, identity, items, mapping, optional_part, part, read_json, text
from ingest.domain.text import clean
from ingest.domain.unrecognised import keep, keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_TEST: Final = "Successfully validated SNS topic"


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    envelope = envelope_of(webhook)
    kind, said = envelope.get("Type"), text(envelope, "Message") or ""
    if kind in (CONFIRMATION, "UnsubscribeConfirmation") or (kind == NOTIFICATION and said.startswith(_TEST)):
        return ()
    try:
        message = mapping(read_json(said.encode()), "Message")
        return tuple(_read(webhook, message, envelope))
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)


def _read(webhook: Webhook, message: Json, envelope: Json) -> Iterator[Draft]:
    event_id = text(envelope, "MessageId")
    kind = text(message, "notificationType") or text(message, "eventType") or ""
    if kind == "Received":
        yield from _received(webhook, message, envelope)
        return
    if kind in _NO_NEWS:
        return
    if kind == "Subscription":
        yield from _subscription(webhook, message, event_id)
        return
    read = _READERS.get(kind)
    if read is None:
        yield keep(webhook, "a notification that this adapter doesn't know", message, provider_event_id=event_id)
        return
    message_id = identity(part(message, "mail"), "messageId")
    for fate, recipient, code, reason, at in read(message):
        report = Report(fate, message_id, head.bare(recipient), code, reason)
        yield from file_report(webhook, report, event_id or f"{message_id}:{kind}", at)


def _subscription(webhook: Webhook, message: Json, event_id: str | None) -> Iterator[Draft]:
    """A person who left all lists by SES's link, or came back."""
    about, mail = part(message, "subscription"), part(message, "mail")
    at = _instant(text(about, "timestamp"))
    before, after = (
        optional_part(about, name).get("unsubscribeAll") is True
        for name in ("oldTopicPreferences", "newTopicPreferences")
    )
    if before == after:
        return
    change = ContactChange.OPTED_OUT if after else ContactChange.OPTED_IN
    for person in items(mail, "destination"):
        if isinstance(person, str):
            detail = text(about, "contactList")
            yield file_change(webhook, head.bare(person), change, detail, event_id or identity(mail, "messageId"), at)


def _received(webhook: Webhook, message: Json, envelope: Json) -> tuple[Draft, ...]:
    receipt, mail = optional_part(message, "receipt"), part(message, "mail")
    found = receipt.get("recipients")
    recipients = tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
    arrival = Arrival(
        recipients, at=_instant(text(mail, "timestamp")), event_id=f"Received:{identity(mail, 'messageId')}"
    )
    content = message.get("content")
    if isinstance(content, str) and content:
        return file_source(webhook, _source(content, optional_part(receipt, "action")), arrival)
    stored = webhook.documents.get(stored_at(webhook, envelope, message) or "")
    if stored is not None:
        return file_source(webhook, stored, arrival)
    return file_letter(webhook, with_headers(_headers(mail), text="", cut=True), arrival)


def _source(content: str, action: Json) -> bytes:
    """SNS's action sends UTF-8 text or, where the rule says so, base64, which keeps other charsets whole."""
    if (text(action, "encoding") or "").upper() == "BASE64":
        try:
            return base64.b64decode(content)
        except (binascii.Error, ValueError):
            raise Unreadable("content is not base64") from None
    return clean(content).encode()


def _headers(mail: Json) -> head.Headers:
    listed = [mapping(one, "a header") for one in items(mail, "headers")]
    found = head.gathered((text(one, "name") or "", text(one, "value") or "") for one in listed)
    common = optional_part(mail, "commonHeaders")
    for name, field in (("subject", "subject"), ("date", "date"), ("message-id", "messageId")):
        if name not in found and text(common, field):
            found[name] = [text(common, field) or ""]
    for name in ("from", "to", "cc"):
        listed_there = [one for one in items(common, name) if isinstance(one, str)]
        if name not in found and listed_there:
            found[name] = [", ".join(listed_there)]
    if "from" not in found and text(mail, "source"):
        found["from"] = [text(mail, "source") or ""]
    return found


_Fact = tuple[Fate, str, str, str, datetime | None]


def _bounce(message: Json) -> Iterator[_Fact]:
    bounce = part(message, "bounce")
    kind = "/".join(filter(None, (text(bounce, "bounceType"), text(bounce, "bounceSubType"))))
    for one in _people(bounce, "bouncedRecipients"):
        reason = text(one, "diagnosticCode") or kind
        yield (
            Fate.FAILED,
            text(one, "emailAddress") or "",
            text(one, "status") or kind,
            reason,
            _instant(text(bounce, "timestamp")),
        )


def _complaint(message: Json) -> Iterator[_Fact]:
    complaint = part(message, "complaint")
    kind = text(complaint, "complaintFeedbackType") or "complaint"
    for one in _people(complaint, "complainedRecipients"):
        yield (
            Fate.COMPLAINED,
            text(one, "emailAddress") or "",
            kind,
            "the recipient complained",
            _instant(text(complaint, "timestamp")),
        )


def _delivery(message: Json) -> Iterator[_Fact]:
    delivery = part(message, "delivery")
    for recipient in items(delivery, "recipients"):
        if isinstance(recipient, str):
            yield Fate.DELIVERED, recipient, "", "", _instant(text(delivery, "timestamp"))


def _whole(name: str, fate: Fate, reason: str = "reason") -> Callable[[Json], Iterator[_Fact]]:
    """Of a mail as such, whoever it was for."""

    def read(message: Json) -> Iterator[_Fact]:
        about, mail = optional_part(message, name), part(message, "mail")
        at = _instant(text(about, "timestamp")) or _instant(text(mail, "timestamp"))
        for recipient in items(mail, "destination"):
            if isinstance(recipient, str):
                yield fate, recipient, "" if fate is not Fate.FAILED else name, text(about, reason) or "", at

    return read


_READERS: Final[dict[str, Callable[[Json], Iterator[_Fact]]]] = {
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Delivery": _delivery,
    "Send": _whole("send", Fate.ACCEPTED),
    "Reject": _whole("reject", Fate.FAILED),
    "Rendering Failure": _whole("failure", Fate.FAILED, "errorMessage"),
    "Open": _whole("open", Fate.READ),
    "Click": _whole("click", Fate.READ),
}
_NO_NEWS: Final = frozenset({"DeliveryDelay", "AmazonSnsSubscriptionSucceeded"})


def _people(parent: Json, name: str) -> list[Json]:
    return [one for one in items(parent, name) if isinstance(one, dict)]


def _instant(value: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo and 1970 <= found.year < 9998 else None
