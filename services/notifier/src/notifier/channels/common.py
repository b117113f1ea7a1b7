"""What an HTTP status means where the provider's own words say nothing more."""

from datetime import datetime

from notifier.channels.provider import HttpAnswer
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_reset, parse_retry_after

_TRANSIENT = frozenset({408, 409, 425})


def classify_status(channel: str, answer: HttpAnswer, now: datetime, said: str = "") -> Outcome:
    """For anything but 2xx. A 5xx may have happened after the message was taken."""
    status = answer.status
    reason = f"{channel} answered {status}" + (f": {said}" if said else "")
    wait = parse_retry_after(answer.headers.get("retry-after"), now)
    if status == 429:
        wait = parse_reset(answer.headers.get("x-ratelimit-reset"), now) if wait is None else wait
        return Outcome(Kind.THROTTLED, reason, retry_after=wait, http_status=status)
    if status in _TRANSIENT:
        return Outcome(Kind.TRANSIENT, reason, retry_after=wait, http_status=status)
    if status >= 500 or status < 200:
        return Outcome(Kind.AMBIGUOUS, reason, retry_after=wait, http_status=status)
    if 300 <= status < 400:
        return permanent("redirected", f"{reason}; redirects are not followed", status)
    return permanent(f"{channel}_{status}", reason, status)


def clipped(text: object, limit: int = 200) -> str:
    return text[:limit] if isinstance(text, str) else ""
