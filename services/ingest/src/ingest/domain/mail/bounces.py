"""Reports about mail of ours: not delivered, delivered, complained about. RFC 3464, RFC 5965."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from typing import Final

from ingest.domain.mail import headers as head
from ingest.domain.mail.charset import guess
from ingest.domain.mail.mime import read_message

_MAX_RECIPIENTS: Final = 100
_QUOTED_ID: Final = re.compile(r"^\s*>?\s*Message-ID:\s*(<[^<>\s]{1,510}>)", re.IGNORECASE | re.MULTILINE)


class Fate(StrEnum):
    QUEUED = "queued"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Report:
    """`code` is the enhanced status (5.1.1), the provider's word for it, or the kind of complaint."""

    fate: Fate
    message_id: str
    recipient: str
    code: str = ""
    reason: str = ""


def reports_of(message: Message) -> tuple[Report, ...] | None:
    """None where the mail is no report. Empty where it brings no news: delayed, expanded. `message_id` is "" where it names no mail."""
    is_report = message.get_content_type() == "multipart/report"
    parts = [part for part in message.walk() if part is not message] if is_report else _children(message)
    kinds = {part.get_content_type() for part in parts}
    original = _original_id(parts) or head.message_id(head.headers_of(message), "in-reply-to") or ""
    if "message/delivery-status" in kinds:
        return tuple(_delivery(parts, original))
    if "message/feedback-report" in kinds:
        return tuple(_complaint(parts, original))
    if "message/disposition-notification" in kinds:
        return tuple(_disposition(parts, original))
    return None if is_report else _old_style(message, parts, original)


def _children(message: Message) -> list[Message]:
    """A report that somebody forwards as a file is none."""
    inner = message.get_payload()
    return [one for one in inner if isinstance(one, Message)] if isinstance(inner, list) else []


def _delivery(parts: list[Message], original: str) -> Iterator[Report]:
    for part in parts:
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        found = (
            [head.headers_of(block) for block in blocks if isinstance(block, Message)]
            if isinstance(blocks, list)
            else []
        )
        for block in found[:_MAX_RECIPIENTS]:
            fate = _FATES.get(head.first(block, "action").lower().partition(" ")[0])
            if fate is not None:
                yield Report(
                    fate, original, _recipient(block), head.first(block, "status").partition(" ")[0], _diagnosis(block)
                )


_FATES: Final = {"failed": Fate.FAILED, "relayed": Fate.SENT, "delivered": Fate.DELIVERED}


def _complaint(parts: list[Message], original: str) -> Iterator[Report]:
    for part in parts:
        if part.get_content_type() != "message/feedback-report":
            continue
        report = _fields(part)
        recipient = next(
            (head.bare(report[name]) for name in ("original-rcpt-to", "removal-recipient") if name in report), ""
        ) or _original_recipient(parts)
        yield Report(
            Fate.COMPLAINED, original, recipient, report.get("feedback-type", "abuse"), "the recipient complained"
        )


def _disposition(parts: list[Message], original: str) -> Iterator[Report]:
    """RFC 8098: shown to the person, or only processed. Deleted unread is no news."""
    for part in parts:
        if part.get_content_type() != "message/disposition-notification":
            continue
        report = _fields(part)
        named = head.message_id({"id": [report.get("original-message-id", "")]}, "id") or original
        kind = report.get("disposition", "").rpartition(";")[2].partition("/")[0].strip().lower()
        fate = {"displayed": Fate.READ, "processed": Fate.DELIVERED, "dispatched": Fate.DELIVERED}.get(kind)
        if fate is not None and named:
            who = report.get("final-recipient") or report.get("original-recipient", "")
            yield Report(fate, named, head.bare(who.rpartition(";")[2]))


def _fields(part: Message) -> dict[str, str]:
    inner = part.get_payload()
    text = inner if isinstance(inner, str) else "".join(map(str, inner)) if isinstance(inner, list) else ""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _recipient(block: head.Headers) -> str:
    value = head.first(block, "original-recipient") or head.first(block, "final-recipient")
    return head.bare(value.rpartition(";")[2])


def _diagnosis(block: head.Headers) -> str:
    """Where there is none, what stands behind the status."""
    said = head.words(block, "diagnostic-code").partition(";")[2] or head.first(block, "status").partition(" ")[2]
    return said.strip(" ()")[:500]


def _original(parts: list[Message]) -> head.Headers:
    for part in parts:
        kind, inner = part.get_content_type(), part.get_payload()
        if (
            kind in ("message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers")
            and isinstance(inner, list)
            and inner
            and isinstance(inner[0], Message)
        ):
            return head.headers_of(inner[0])
        if kind == "text/rfc822-headers" and isinstance(inner, str):
            content = part.get_payload(decode=True)
            parsed = read_message(content) if isinstance(content, bytes) else None
            return head.headers_of(parsed) if parsed is not None else {}
    return {}


def _original_id(parts: list[Message]) -> str | None:
    return head.message_id(_original(parts)) or next(
        (found for part in parts if (found := head.message_id(head.headers_of(part), "x-original-message-id"))), None
    )


def _original_recipient(parts: list[Message]) -> str:
    return next((address for _, address in head.addresses(_original(parts), "to")), "")


def _old_style(message: Message, parts: list[Message], original: str) -> tuple[Report, ...] | None:
    """qmail and others write prose and quote the mail; `X-Failed-Recipients` is Exim's and Gmail's."""
    headers = head.headers_of(message)
    failed = head.addresses(headers, "x-failed-recipients")
    sender = next((address for _, address in head.addresses(headers, "from")), "")
    if not failed and not sender.startswith("mailer-daemon@"):
        return None
    prose = _prose(message)
    quoted, named, code = _QUOTED_ID.search(prose), _NAMED.search(prose), _CODE.search(prose)
    message_id = quoted[1] if quoted else original
    if not message_id:
        return None
    recipient = failed[0][1] if failed else head.bare(named[1]) if named else _original_recipient(parts)
    reason = code[0].strip()[:500] if code else "returned by the mail system"
    return (Report(Fate.FAILED, message_id, recipient, (code[1] or code[2] or "") if code else "", reason),)


_NAMED: Final = re.compile(r"^\s*<([^<>\s]{1,256}@[^<>\s]{1,256})>:?\s*$", re.MULTILINE)
_CODE: Final = re.compile(r"^.*(?:\b(5\.\d{1,3}\.\d{1,3})\b|\b(5\d\d)[ -]).*$", re.MULTILINE)


def _prose(message: Message) -> str:
    texts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return "\n".join(guess(one)[:200_000] for one in texts[:20] if isinstance(one, bytes))
