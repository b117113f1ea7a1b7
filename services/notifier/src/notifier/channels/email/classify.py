"""A relay's answers. Source: RFC 5321 §4.2, RFC 3463 (enhanced codes), RFC 4954 (authentication)."""

import re
from datetime import datetime
from typing import Final

from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent

_ENHANCED: Final = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\b")
_SIGNING_IN: Final = frozenset({530, 534, 535, 538, 454, 432})
_NOBODY: Final = frozenset({550, 551, 553})


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    """`stage` says which command was answered: only the mail itself can be taken."""
    stage, status = answer.headers.get("stage", ""), answer.status
    said = answer.body.decode("utf-8", "replace")[:200]
    found = _ENHANCED.match(said)
    code = found[1] if found else ""
    reason = f"the relay answered {status} to {stage}: {said}"
    if 200 <= status < 300:
        return Outcome(Kind.ACCEPTED, ids=(request.headers["message-id"],), http_status=status)
    if stage == "sign in" or status in _SIGNING_IN:
        kind = Kind.TRANSIENT if status < 500 else Kind.CHANNEL_BROKEN
        return Outcome(kind, reason, http_status=status)
    if status < 500:
        return Outcome(Kind.THROTTLED if code.startswith("4.7.") else Kind.TRANSIENT, reason, http_status=status)
    if stage == "connect" or stage == "sender":
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=status)
    if stage == "recipient" and (
        code.startswith("5.1.") or (status in _NOBODY and not code.startswith(("5.2.", "5.7.")))
    ):
        return Outcome(Kind.RECIPIENT_GONE, reason, http_status=status)
    return permanent(f"email_{code or status}", reason, status)
