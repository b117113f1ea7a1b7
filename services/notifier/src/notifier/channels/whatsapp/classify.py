"""Meta's answers, by the error code in the body. Source: WhatsApp Business Platform, "Error codes"."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_retry_after

_THROTTLED: Final = frozenset({4, 80007, 130429, 131048, 131056, 133016})
_TRANSIENT: Final = frozenset({131000, 131016, 131053, 131057})
_RECIPIENT_GONE: Final = frozenset({131026, 131050})
_CHANNEL_BROKEN: Final = frozenset({0, 3, 10, 190, 368, 131031, *range(200, 300)})
_WINDOW_CLOSED: Final = 131047


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    """An error object says that the message was not sent, even under a 5xx; without one, a 5xx says nothing."""
    body = answer.json()
    if 200 <= answer.status < 300:
        return _accepted(body, answer.status)
    code, said = _error(body)
    if code is None:
        return classify_status("whatsapp", answer, now, said)
    kind = kind_of(code)
    if kind is None:
        if answer.status >= 500 or answer.status == 429:
            return classify_status("whatsapp", answer, now, said)
        return permanent(f"whatsapp_{code}", f"WhatsApp refused it: {said}", answer.status)
    wait = parse_retry_after(answer.headers.get("retry-after"), now)
    return Outcome(kind, f"WhatsApp refused it: {said}", retry_after=wait, http_status=answer.status)


def kind_of(code: int) -> Kind | None:
    """None: permanent."""
    if code == _WINDOW_CLOSED:
        return Kind.WINDOW_CLOSED
    table = (
        (_THROTTLED, Kind.THROTTLED),
        (_TRANSIENT, Kind.TRANSIENT),
        (_RECIPIENT_GONE, Kind.RECIPIENT_GONE),
        (_CHANNEL_BROKEN, Kind.CHANNEL_BROKEN),
    )
    return next((kind for codes, kind in table if code in codes), None)


def _accepted(body: Any, status: int) -> Outcome:
    """A 2xx that names no message leaves the outcome open."""
    messages = body.get("messages") if isinstance(body, dict) else None
    found = messages if isinstance(messages, list) else []
    ids = tuple(str(one["id"]) for one in found if isinstance(one, dict) and "id" in one)
    if not ids:
        return Outcome(Kind.AMBIGUOUS, "WhatsApp answered 2xx without a message id", http_status=status)
    return Outcome(Kind.ACCEPTED, ids=ids, http_status=status)


def _error(body: Any) -> tuple[int | None, str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return None, ""
    code = error.get("code")
    said = clipped(error.get("message"))
    return (code, said) if isinstance(code, int) and not isinstance(code, bool) else (None, said)
