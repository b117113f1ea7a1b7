"""Twilio's answers, by the code in the body. Source: Twilio Docs, "Error and Warning Dictionary"."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_retry_after

_THROTTLED: Final = frozenset({14107, 20429, 21611, 30022, 30023, 63018, 63038})
_TRANSIENT: Final = frozenset({20500, 20503, 30001, 30003, 30008, 63010, 63012})
_RECIPIENT_GONE: Final = frozenset({21610, 63003, 63014, 63015, 63024, 63033, 63036})
_CHANNEL_BROKEN: Final = frozenset(
    {
        *(10001, 20003, 20005, 20006, 20008, 20404),
        *(21212, 21603, 21606, 21607, 21659, 21660, 21661, 21701, 21703, 21704, 21910),
        *(30002, 30032, 30034),
        *(63001, 63002, 63007, 63020, 63022, 63051, 63112),
    }
)
"""Account and credentials; our number or Messaging Service; carriers' registration; the sender at the other provider."""

_WINDOW_CLOSED: Final = frozenset({63016})


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    """An error object says that the message was not taken, even under a 5xx; without one, a 5xx says nothing."""
    body = answer.json()
    if 200 <= answer.status < 300:
        return _accepted(body, answer.status)
    code, said = _error(body)
    kind = kind_of(code)
    reason = f"Twilio answered {answer.status}: {said}" if said else f"Twilio answered {answer.status}"
    if kind is not None:
        wait = parse_retry_after(answer.headers.get("retry-after"), now)
        return Outcome(kind, reason, retry_after=wait, http_status=answer.status)
    if answer.status in (401, 403):
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if code is not None and 400 <= answer.status < 500 and answer.status != 429:
        return permanent(f"twilio_{code}", reason, answer.status)
    return classify_status("twilio", answer, now, said)


def kind_of(code: int | None) -> Kind | None:
    """None: permanent, or whatever the status says."""
    table = (
        (_THROTTLED, Kind.THROTTLED),
        (_TRANSIENT, Kind.TRANSIENT),
        (_RECIPIENT_GONE, Kind.RECIPIENT_GONE),
        (_CHANNEL_BROKEN, Kind.CHANNEL_BROKEN),
        (_WINDOW_CLOSED, Kind.WINDOW_CLOSED),
    )
    return next((kind for codes, kind in table if code in codes), None)


def _accepted(body: Any, status: int) -> Outcome:
    """A 2xx that names no message leaves the outcome open; one that says it has failed already has."""
    sid = body.get("sid") if isinstance(body, dict) else None
    if not isinstance(sid, str) or not sid:
        return Outcome(Kind.AMBIGUOUS, "Twilio answered 2xx without a message id", http_status=status)
    code = body.get("error_code")
    if body.get("status") in ("failed", "undelivered") and isinstance(code, int):
        said = clipped(body.get("error_message"))
        kind = kind_of(code)
        return Outcome(kind, said, http_status=status) if kind else permanent(f"twilio_{code}", said, status)
    return Outcome(Kind.ACCEPTED, ids=(sid,), http_status=status)


def _error(body: Any) -> tuple[int | None, str]:
    if not isinstance(body, dict):
        return None, ""
    code = body.get("code")
    said = clipped(body.get("message"))
    return (code, said) if isinstance(code, int) and not isinstance(code, bool) else (None, said)
