"""The Send API's answers, of Messenger and Instagram. Source: Messenger Platform, "Common Error Codes", "Send API errors"."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from notifier.channels.common import classify_status
from notifier.channels.meta.graph import GraphError, error_of, refused
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome

_SUBCODES: Final = {
    Kind.WINDOW_CLOSED: frozenset({2018065, 2018278, 2534022}),
    Kind.RECIPIENT_GONE: frozenset({1545041, 2018001, 2018108, 2534001, 2534014}),
    Kind.CHANNEL_BROKEN: frozenset({2018028, 2018344}),
    Kind.THROTTLED: frozenset({2018022, 2018352}),
    # "Failed to fetch the file from the url."
    Kind.TRANSIENT: frozenset({2018008}),
    # "The messages are all sent successfully, but the endpoint returns an error."
    Kind.AMBIGUOUS: frozenset({1357046}),
}
_CODES: Final = {
    Kind.THROTTLED: frozenset({4, 17, 32, 341, 613, 80001, 80002, 80006}),
    Kind.TRANSIENT: frozenset({-1, 1, 2, 1200}),
    Kind.RECIPIENT_GONE: frozenset({551}),
    Kind.CHANNEL_BROKEN: frozenset({0, 3, 10, 102, 190, 368, *range(200, 300)}),
}


def classifier(channel: str, provider: str) -> Callable[[ProviderRequest, HttpAnswer, datetime], Outcome]:
    def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
        body = answer.json()
        error = error_of(body)
        if error is not None:
            return refused(channel, provider, error, kind_of(error), answer, now)
        if not 200 <= answer.status < 300:
            return classify_status(channel, answer, now)
        mid = body.get("message_id") if isinstance(body, dict) else None
        if not mid:
            reason = f"{provider} answered 2xx without a message id"
            return Outcome(Kind.AMBIGUOUS, reason, http_status=answer.status)
        return Outcome(Kind.ACCEPTED, ids=(str(mid),), http_status=answer.status)

    return classify


def kind_of(error: GraphError) -> Kind | None:
    """None: permanent. The subcode tells more: code 10 is a closed window as well as a missing permission."""
    said = error.said.lower()
    if "outside of allowed window" in said or "outside the allowed window" in said:
        return Kind.WINDOW_CLOSED
    if error.code == 100 and "no matching user" in said:
        return Kind.RECIPIENT_GONE
    by_subcode = next((kind for kind, codes in _SUBCODES.items() if error.subcode in codes), None)
    if by_subcode is not None or "another app is controlling" in said:
        return by_subcode
    return next((kind for kind, codes in _CODES.items() if error.code in codes), None)
