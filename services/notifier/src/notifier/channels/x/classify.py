"""X's answers. Source: X API v2, "Response codes and errors"; "Rate limits"; of the codes that older parts answer, "Error codes"."""

from datetime import datetime, timedelta
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_reset, parse_retry_after

_CODES: Final = {
    Kind.RECIPIENT_GONE: frozenset({50, 63, 108, 150, 349}),
    Kind.CHANNEL_BROKEN: frozenset({32, 64, 89, 99, 135, 215, 220, 261, 326, 416, 453}),
    Kind.THROTTLED: frozenset({88, 185}),
    Kind.TRANSIENT: frozenset({130}),
}


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    if 200 <= answer.status < 300:
        return _accepted(told, answer.status)
    code, older = _older_error(told)
    said = clipped(told.get("detail")) or older or clipped(told.get("title"))
    reason = f"X answered {answer.status}: {said}"
    kind = next((kind for kind, codes in _CODES.items() if code in codes), None)
    if kind is not None:
        wait = _wait(answer, now) if kind is Kind.THROTTLED else None
        return Outcome(kind, reason, retry_after=wait, http_status=answer.status)
    if answer.status == 429 and "usage-capped" in str(told.get("type", "")):
        return permanent("x_monthly_limit", reason, 429)
    if answer.status == 429:
        return Outcome(Kind.THROTTLED, reason, retry_after=_wait(answer, now), http_status=429)
    if answer.status in (401, 402) or "client-forbidden" in str(told.get("type", "")):
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if answer.status == 403 and "duplicate" in said.lower():
        return permanent("x_duplicate", reason, 403)
    if answer.status in (403, 404) and "/dm_conversations/" in request.url:
        return Outcome(Kind.RECIPIENT_GONE, reason, http_status=answer.status)
    return classify_status("x", answer, now, said)


def _older_error(told: dict[str, Any]) -> tuple[object, str]:
    """`{"errors": [{"code", "message"}]}`; the newer API's errors have no code."""
    errors = told.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code = first.get("code")
    return (code if isinstance(code, int) else None), clipped(first.get("message"))


def _accepted(told: dict[str, Any], status: int) -> Outcome:
    data = told.get("data")
    made: dict[str, Any] = data if isinstance(data, dict) else {}
    found = made.get("dm_event_id") or made.get("id")
    if not found:
        return Outcome(Kind.AMBIGUOUS, "X answered 2xx without an id", http_status=status)
    return Outcome(Kind.ACCEPTED, ids=(str(found),), http_status=status)


def _wait(answer: HttpAnswer, now: datetime) -> timedelta | None:
    """`x-rate-limit-reset` is the second in which the window begins anew."""
    reset = parse_reset(answer.headers.get("x-rate-limit-reset"), now)
    return parse_retry_after(answer.headers.get("retry-after"), now) if reset is None else reset
