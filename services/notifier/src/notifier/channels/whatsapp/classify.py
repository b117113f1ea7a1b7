"""Meta's answers, by the error code in the body. Source: WhatsApp Business Platform, "Error codes"."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status
from notifier.channels.meta.graph import error_of, refused
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome

_KINDS: Final = {
    Kind.WINDOW_CLOSED: frozenset({470, 131047}),
    Kind.THROTTLED: frozenset({4, 17, 613, 80007, 130429, 131048, 131056, 131064, 131208, 132069, 133016}),
    Kind.TRANSIENT: frozenset({1, 2, 131000, 131016, 131053, 131057, 133004}),
    Kind.RECIPIENT_GONE: frozenset({131020, 131026, 131030, 131050, 131041, 131062, 131207}),
    Kind.CHANNEL_BROKEN: frozenset(
        {0, 3, 10, 33, 190, 368, 131005, 131031, 131037, 131042, 131044, 131045, 133000, 133005, 133006, 133010}
        | set(range(200, 300))
    ),
}
"""From pywa 4.5, `pywa.errors`, too. All others are permanent: the message itself is refused (templates 132xxx, 131049 and 130472
Meta's own choice for a day at least, 131051 to 131053 what it carries)."""


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
    return next((kind for kind, codes in _KINDS.items() if code in codes), None)


def _accepted(body: Any, status: int) -> Outcome:
    """A 2xx that names no message leaves the outcome open."""
    messages = body.get("messages") if isinstance(body, dict) else None
    found = messages if isinstance(messages, list) else []
    ids = tuple(str(one["id"]) for one in found if isinstance(one, dict) and "id" in one)
    if not ids:
        return Outcome(Kind.AMBIGUOUS, "WhatsApp answered 2xx without a message id", http_status=status)
    return Outcome(Kind.ACCEPTED, ids=ids, http_status=status)
