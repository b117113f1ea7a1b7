"""X's answers. Source: X API v2, "Response codes and errors"; "Rate limits"."""

from datetime import UTC, datetime, timedelta
from typing import Any

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import RETRY_AFTER_CAP, parse_retry_after


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    if 200 <= answer.status < 300:
        return _accepted(told, answer.status)
    said = clipped(told.get("detail")) or clipped(told.get("title"))
    reason = f"X answered {answer.status}: {said}"
    if answer.status == 429:
        return Outcome(Kind.THROTTLED, reason, retry_after=_wait(answer, now), http_status=429)
    if answer.status in (401, 402) or "client-forbidden" in str(told.get("type", "")):
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if answer.status == 403 and "duplicate" in said.lower():
        return permanent("x_duplicate", reason, 403)
    if answer.status == 403 and "/dm_conversations/" in request.url:
        return Outcome(Kind.RECIPIENT_GONE, reason, http_status=403)
    return classify_status("x", answer, now, said)


def _accepted(told: dict[str, Any], status: int) -> Outcome:
    data = told.get("data")
    made: dict[str, Any] = data if isinstance(data, dict) else {}
    found = made.get("dm_event_id") or made.get("id")
    if not found:
        return Outcome(Kind.AMBIGUOUS, "X answered 2xx without an id", http_status=status)
    return Outcome(Kind.ACCEPTED, ids=(str(found),), http_status=status)


def _wait(answer: HttpAnswer, now: datetime) -> timedelta | None:
    """`x-rate-limit-reset` is the second in which the window begins anew."""
    reset = answer.headers.get("x-rate-limit-reset", "")
    if reset.isascii() and reset.isdigit() and len(reset) <= 11:
        return min(max(datetime.fromtimestamp(int(reset), UTC) - now, timedelta(0)), RETRY_AFTER_CAP)
    return parse_retry_after(answer.headers.get("retry-after"), now)
