"""Viber's answers: 200, with a status of its own. Source: Viber REST API, "Error Codes"."""

from datetime import datetime
from typing import Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent

_KINDS: Final = {
    Kind.RECIPIENT_GONE: frozenset({5, 6, 11}),
    Kind.CHANNEL_BROKEN: frozenset({2, 7, 8, 9, 10, 15, 23, 24}),
    Kind.THROTTLED: frozenset({12}),
}
"""The others are the message's fault: bad or missing data (3, 4), what the person's device or the bot may not (13, 14, 16 to 22)."""


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    status, said = told.get("status"), clipped(told.get("status_message"))
    if not 200 <= answer.status < 300:
        return classify_status("viber", answer, now, said)
    if not isinstance(status, int) or isinstance(status, bool):
        return Outcome(Kind.AMBIGUOUS, "Viber answered 2xx without a status", http_status=answer.status)
    if status == 0:
        token = told.get("message_token")
        return Outcome(Kind.ACCEPTED, ids=(str(token),) if token else (), http_status=answer.status)
    reason = f"Viber refused it: {status} {said}"
    kind = next((kind for kind, numbers in _KINDS.items() if status in numbers), None)
    if kind is None:
        return permanent(f"viber_{status}", reason, answer.status)
    return Outcome(kind, reason, http_status=answer.status)
