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
    """None where the mail is no report. Empty where it brings no news: delayed, expanded, or about nobody knows what."""
    if message.get_content_type() == "multipart/report":
        parts = [part for part in message.walk() if part is not message]
        kinds = {part.get_content_type() for part in parts}
        if "message/delivery-status" in kinds:
            return tuple(_delivery(parts))
        if "message/feedback-report" in kinds:
            return tuple(_complaint(parts))
        return None
    return _old_style(message)


def _delivery(parts: list[Message]) -> Iterator[Report]:
    original = _original_id(parts)
    for part in parts:
        if part.get_content_type() != "message/delivery-status" or original is None:
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
                yield Report(fate, original, _recipient(block), head.first(block, "status"), _diagnosis(block))


_FATES: Final = {"failed": Fate.FAILED, "relayed": Fate.SENT, "delivered": Fate.DELIVERED}


def _complaint(parts: list[Message]) -> Iterator[Report]:
    original = _original_id(parts)
    for part in parts:
        if part.get_content_type() != "message/feedback-report" or original is None:
            continue
        inner = part.get_payload()
        text = (
            inner if isinstance(inner, str) else "".join(str(each) for each in inner) if isinstance(inner, list) else ""
        )
        report = _fields(text)
        recipient = next(
            (head.bare(report[name]) for name in ("original-rcpt-to", "removal-recipient") if name in report), ""
        ) or _original_recipient(parts)
        yield Report(
            Fate.COMPLAINED, original, recipient, report.get("feedback-type", "abuse"), "the recipient complained"
        )


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _recipient(block: head.Headers) -> str:
    value = head.first(block, "original-recipient") or head.first(block, "final-recipient")
    return head.bare(value.rpartition(";")[2])


def _diagnosis(block: head.Headers) -> str:
    return head.words(block, "diagnostic-code").partition(";")[2].strip()[:500]


def _original(parts: list[Message]) -> head.Headers:
    for part in parts:
        kind, inner = part.get_content_type(), part.get_payload()
        if (
            kind in ("message/rfc822", "message/global")
            and isinstance(inner, list)
            and inner
            and isinstance(inner[0], Message)
        ):
            return head.headers_of(inner[0])
        if kind in ("text/rfc822-headers", "message/rfc822-headers") and isinstance(inner, str):
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


def _old_style(message: Message) -> tuple[Report, ...] | None:
    """qmail and others write prose and quote the mail; `X-Failed-Recipients` is Exim's."""
    headers = head.headers_of(message)
    failed = head.addresses(headers, "x-failed-recipients")
    sender = next((address for _, address in head.addresses(headers, "from")), "")
    if not failed and not sender.startswith("mailer-daemon@"):
        return None
    quoted = _QUOTED_ID.search(_prose(message))
    if quoted is None:
        return None
    recipient = failed[0][1] if failed else ""
    return (Report(Fate.FAILED, quoted[1], recipient, "", "returned by the mail system"),)


def _prose(message: Message) -> str:
    texts = [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]
    return "\n".join(guess(one)[:200_000] for one in texts[:20] if isinstance(one, bytes))
