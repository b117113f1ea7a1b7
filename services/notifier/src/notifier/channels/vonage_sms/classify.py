"""Vonage answers 200 and says in the body how each segment fared. Source: Vonage, "Troubleshooting failed SMS", status codes."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent

_KINDS: Final = {
    "1": Kind.THROTTLED,
    "4": Kind.CHANNEL_BROKEN,
    "5": Kind.TRANSIENT,
    "7": Kind.RECIPIENT_GONE,
    "8": Kind.CHANNEL_BROKEN,
    "9": Kind.CHANNEL_BROKEN,
    "10": Kind.TRANSIENT,
    "11": Kind.CHANNEL_BROKEN,
    "14": Kind.CHANNEL_BROKEN,
    "15": Kind.CHANNEL_BROKEN,
    "32": Kind.CHANNEL_BROKEN,
    "33": Kind.RECIPIENT_GONE,
}


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    """All ids are kept: each segment has receipts of its own."""
    if answer.status in (401, 403):
        return Outcome(Kind.CHANNEL_BROKEN, f"Vonage answered {answer.status}", http_status=answer.status)
    if not 200 <= answer.status < 300:
        return classify_status("vonage", answer, now)
    segments = _segments(answer.json())
    refused = [one for one in segments if str(one.get("status")) != "0"]
    ids = tuple(str(one["message-id"]) for one in segments if "message-id" in one and one not in refused)
    if not segments or (ids and refused) or (not ids and not refused):
        return Outcome(Kind.AMBIGUOUS, "Vonage doesn't say that it took all of it", http_status=answer.status)
    if not refused:
        return Outcome(Kind.ACCEPTED, ids=ids, http_status=answer.status)
    return _refusal(refused[0], answer.status)


def _segments(body: Any) -> list[dict[str, Any]]:
    found = body.get("messages") if isinstance(body, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _refusal(segment: dict[str, Any], http_status: int) -> Outcome:
    status = str(segment.get("status"))
    reason = f"Vonage refused it with status {status[:8]}: {clipped(segment.get('error-text'))}"
    kind = _KINDS.get(status)
    if kind is not None:
        return Outcome(kind, reason, http_status=http_status)
    return permanent(f"vonage_{status}" if status.isdigit() else "vonage_unknown", reason, http_status)
