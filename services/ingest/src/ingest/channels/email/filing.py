"""A letter → events; shared by every channel that mail comes in by."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.message import Message
from typing import Any, Final

from contracts.inbound import ContactChange, ContactChanged, MessageReceived, ReceiptReceived
from contracts.values import Address, AddressKind, Attachment, Contact, Content, ContentKind, MessageStatus
from ingest.domain.mail import headers as head
from ingest.domain.mail.automatic import is_automatic
from ingest.domain.mail.bounces import Fate, Report, reports_of
from ingest.domain.mail.letter import File, Letter
from ingest.domain.mail.mime import MAX_NAME_CHARS, letter_of, read_message, readable_bytes
from ingest.domain.mail.quotes import new_text
from ingest.domain.mail.reply_token import case_references, without_token
from ingest.domain.shape import MAX_ID_CHARS
from ingest.domain.unrecognised import content_id, keep
from ingest.domain.webhook import Draft, InlineFile, Webhook
from runtime.object_store import file_key

REPLY_SECRET: Final = "reply_secret"  # noqa: S105  # a name
MAX_TEXT_BYTES: Final = 60_000
MAX_WHOLE_BYTES: Final = 160_000
MAX_SUBJECT_CHARS: Final = 1_000
_REFERENCES_KEPT: Final = 20
_NO_REPLY: Final = re.compile(r"(?:no|do-?not)[-_.]?reply[^@]*@")
_KINDS: Final = {"image": ContentKind.IMAGE, "audio": ContentKind.AUDIO, "video": ContentKind.VIDEO}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the door knows besides the mail: the envelope's recipients, the provider's ids and time, the source where there is one."""

    recipients: tuple[str, ...] = ()
    event_id: str | None = None
    at: datetime | None = None
    source: bytes = field(default=b"", repr=False)


def file_source(webhook: Webhook, source: bytes, arrival: Arrival) -> tuple[Draft, ...]:
    """A whole mail as bytes."""
    message = read_message(source)
    if message is None:
        return (keep_whole(webhook, "a mail that nothing can read"),)
    return file_message(webhook, message, replace(arrival, source=source))


def file_message(webhook: Webhook, message: Message, arrival: Arrival) -> tuple[Draft, ...]:
    reports = reports_of(message)
    if reports is not None:
        event_id = (
            arrival.event_id or head.message_id(head.headers_of(message)) or content_id(message.as_string()[:100_000])
        )
        if any(not report.message_id for report in reports):
            return (keep_whole(webhook, "a report about a mail that it doesn't name", event_id),)
        return tuple(draft for report in reports for draft in file_report(webhook, report, event_id, arrival.at))
    cut = readable_bytes(arrival.source) < len(arrival.source)
    return file_letter(webhook, letter_of(message, cut=cut), arrival)


def file_letter(webhook: Webhook, letter: Letter, arrival: Arrival) -> tuple[Draft, ...]:
    recipients = tuple(map(head.bare, arrival.recipients)) or letter.recipients
    letter = _by_author(webhook, replace(letter, recipients=recipients))
    event_id = arrival.event_id or _identity(letter)
    if without_token(letter.sender) in own_addresses(webhook):
        about = {name: values[:5] for name, values in letter.headers.items()}
        return (keep(webhook, "a mail from our own address: a loop", about, provider_event_id=event_id),)
    if not letter.sender:
        return (keep_whole(webhook, "a mail without a sender", event_id),)
    return (_received(webhook, letter, event_id, arrival),)


def _by_author(webhook: Webhook, letter: Letter) -> Letter:
    """A web form's program sends by our own address or one that nobody reads, a group by its own; the person is in Reply-To."""
    own = own_addresses(webhook)
    is_program = without_token(letter.sender) in own or _NO_REPLY.match(letter.sender) is not None
    named = ("reply-to", "x-original-from") if is_program else ()
    answered = [one for field_ in named for one in head.addresses(letter.headers, field_)]
    name, address = next((one for one in answered if without_token(one[1]) not in own), ("", ""))
    return replace(letter, sender=address, sender_name=name or None) if address else letter


def own_addresses(webhook: Webhook) -> frozenset[str]:
    named = (webhook.account.external_id or "", *webhook.account.options.get("addresses", "").split(","))
    return frozenset(head.bare(one) for one in named if "@" in one)


def _received(webhook: Webhook, letter: Letter, event_id: str, arrival: Arrival) -> Draft:
    content, files = _content(webhook, letter, arrival)
    references = _references(letter)
    event = MessageReceived(
        channel=webhook.account.channel,
        account=webhook.account.id,
        conversation=letter.sender[:MAX_ID_CHARS],
        provider_event_id=event_id,
        occurred_at=_sent_at(letter, arrival, webhook.received_at),
        received_at=webhook.received_at,
        contact=Contact(address=_address(letter.sender), display_name=letter.sender_name),
        provider_message_id=letter.message_id or _identity(letter),
        content=content,
        automatic=is_automatic(letter, own_addresses(webhook)),
        thread=_thread(webhook, letter, references),
        references=(*references, *case_references(letter.recipients, webhook.secrets.get(REPLY_SECRET, ()))),
    )
    return Draft(event, files=files)


def _sent_at(letter: Letter, arrival: Arrival, received_at: datetime) -> datetime:
    """A clock that runs ahead would order this mail after all later ones."""
    return _whole_milliseconds(min(letter.date or arrival.at or received_at, received_at))


def _whole_milliseconds(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _references(letter: Letter) -> list[str]:
    answered = head.ids(letter.headers, "in-reply-to")
    return list(dict.fromkeys([*answered, *reversed(head.ids(letter.headers, "references"))]))[: head.MAX_IDS]


def _thread(webhook: Webhook, letter: Letter, references: Sequence[str]) -> dict[str, str]:
    """What an answer's headers are made from: the mail, those before it in order, its subject, the address it was sent to."""
    known = head.ids(letter.headers, "references") or head.ids(letter.headers, "in-reply-to")
    own = own_addresses(webhook)
    plain = [without_token(one) for one in letter.recipients]
    thread = {
        "message_id": letter.message_id or "",
        "references": " ".join(known[:1] + known[1:][-_REFERENCES_KEPT:]),
        "subject": letter.subject[:MAX_SUBJECT_CHARS],
        "mailbox": next((one for one in plain if one in own), next(iter(plain), ""))[:MAX_ID_CHARS],
    }
    return {name: value for name, value in thread.items() if value}


def _content(webhook: Webhook, letter: Letter, arrival: Arrival) -> tuple[Content, tuple[InlineFile, ...]]:
    new = new_text(letter.stripped or letter.text, letter.subject)
    short, whole = _within(new, MAX_TEXT_BYTES), _within(letter.text, MAX_WHOLE_BYTES)
    html = letter.html if len(letter.html.encode()) <= MAX_WHOLE_BYTES else ""
    cut = letter.cut or short != new or whole != letter.text or html != letter.html
    files = (*letter.files, *(_originals(letter, arrival) if cut else ()))
    kept = [_kept(webhook, file) for file in files]
    answered = head.ids(letter.headers, "in-reply-to")
    content = Content(
        kind=ContentKind.TEXT,
        text=short,
        full_text=whole,
        html=html or None,
        subject=letter.subject[:MAX_SUBJECT_CHARS] or None,
        attachments=tuple(attachment for attachment, _ in kept),
        reply_to=answered[0] if answered else None,
    )
    return content, tuple(file for _, file in kept if file is not None)


def _within(text: str, limit: int) -> str:
    raw = text.encode()
    return text if len(raw) <= limit else raw[:limit].decode("utf-8", "ignore")


def _originals(letter: Letter, arrival: Arrival) -> list[File]:
    """What the event can't hold whole goes along as a file."""
    if arrival.source:
        return [File(arrival.source, "message/rfc822", "original.eml")]
    parts = (("text/plain", "message.txt", letter.text), ("text/html", "message.html", letter.html))
    return [File(text.encode(), mime, name) for mime, name, text in parts if text]


def _kept(webhook: Webhook, file: File) -> tuple[Attachment, InlineFile | None]:
    """A picture inside the HTML is known there by `cid:` and its content id."""
    values: dict[str, Any] = {
        "kind": _KINDS.get(file.mime.partition("/")[0], ContentKind.FILE),
        "mime": file.mime,
        "file_name": _plain_name(file.name),
        "provider_media_id": f"cid:{file.content_id}"[:MAX_ID_CHARS] if file.content_id else None,
    }
    if file.url is not None:
        return Attachment(**values, url=file.url, size_bytes=file.size), None
    digest = hashlib.sha256(file.content).hexdigest()
    key = file_key(webhook.tenant, digest)
    return Attachment(**values, object_key=key, sha256=digest, size_bytes=len(file.content)), InlineFile(
        key, file.content
    )


def _plain_name(name: str | None) -> str | None:
    """Never a path."""
    plain = (name or "").replace("\\", "/").rpartition("/")[2].strip()
    return plain[:MAX_NAME_CHARS] if plain.strip(".") else None


def file_report(webhook: Webhook, report: Report, event_id: str, at: datetime | None = None) -> list[Draft]:
    """A complaint is a failure, and the person wants no more mail."""
    has_failed = report.fate in (Fate.FAILED, Fate.COMPLAINED)
    receipt = ReceiptReceived(
        **_about(webhook, report.recipient, event_id, at),
        provider_message_id=report.message_id[:MAX_ID_CHARS],
        status=_STATUS[report.fate],
        error_code=report.code or None if has_failed else None,
        error_reason=report.reason or None if has_failed else None,
    )
    part = f"{report.recipient}/{report.message_id}"
    drafts = [Draft(receipt, part=part)]
    if report.fate is Fate.COMPLAINED and report.recipient:
        changed = file_change(webhook, report.recipient, ContactChange.OPTED_OUT, "complaint", event_id, at)
        drafts.append(replace(changed, part=part))
    return drafts


def file_change(
    webhook: Webhook,
    person: str,
    change: ContactChange,
    detail: str | None,
    event_id: str,
    at: datetime | None = None,
) -> Draft:
    """A person who wants no more mail, or wants it again."""
    contact = Contact(address=_address(person))
    return Draft(ContactChanged(**_about(webhook, person, event_id, at), contact=contact, change=change, detail=detail))


def _about(webhook: Webhook, person: str, event_id: str, at: datetime | None) -> dict[str, Any]:
    return {
        "channel": webhook.account.channel,
        "account": webhook.account.id,
        "conversation": person[:MAX_ID_CHARS],
        "provider_event_id": event_id[:MAX_ID_CHARS],
        "occurred_at": _whole_milliseconds(min(at or webhook.received_at, webhook.received_at)),
        "received_at": webhook.received_at,
    }


_STATUS: Final = {
    Fate.QUEUED: MessageStatus.QUEUED,
    Fate.ACCEPTED: MessageStatus.ACCEPTED,
    Fate.SENT: MessageStatus.SENT,
    Fate.DELIVERED: MessageStatus.DELIVERED,
    Fate.READ: MessageStatus.READ,
    Fate.FAILED: MessageStatus.FAILED,
    Fate.COMPLAINED: MessageStatus.FAILED,
}


def _address(value: str) -> Address:
    return Address(kind=AddressKind.EMAIL, value=value[:MAX_ID_CHARS])


def _identity(letter: Letter) -> str:
    """Message-ID, sender, date, subject and words: a Message-ID alone is sometimes the same for all mail of a broken program."""
    said = "\n".join(
        (letter.message_id or "", letter.sender, head.first(letter.headers, "date"), letter.subject, letter.text)
    )
    return f"mail:{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()}"


def keep_whole(webhook: Webhook, reason: str, event_id: str | None = None) -> Draft:
    """A body of any size, kept as a file; the event names it."""
    digest = hashlib.sha256(webhook.body).hexdigest()
    key = file_key(webhook.tenant, digest)
    about = {
        "object_key": key,
        "size_bytes": len(webhook.body),
        "content_type": webhook.headers.get("content-type", ""),
    }
    kept = keep(webhook, reason, about, provider_event_id=event_id or f"sha256:{digest}")
    return replace(kept, files=(InlineFile(key, webhook.body),))
