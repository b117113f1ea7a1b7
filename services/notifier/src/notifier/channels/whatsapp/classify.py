"""Meta's answers, by the error code in the body. Source: WhatsApp Business Platform, "Error codes"."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status
from notifier.channels.meta.graph import error_of, refused
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome

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
    error = error_of(body)
    if error is None:
        return classify_status("whatsapp", answer, now)
    kind = None if error.code is None else kind_of(error.code)
    return refused("whatsapp", "WhatsApp", error, kind, answer, now)


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
