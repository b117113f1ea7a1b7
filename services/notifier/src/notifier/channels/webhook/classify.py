"""A receiver's answers: any 2xx is taken, 410 ends the subscription, 401 says that secrets or clocks differ, which people mend."""

from datetime import datetime

from notifier.channels.common import classify_status
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    if 200 <= answer.status < 300:
        return Outcome(Kind.ACCEPTED, ids=(request.headers["webhook-id"],), http_status=answer.status)
    if answer.status == 410:
        return Outcome(Kind.RECIPIENT_GONE, "the receiver answered 410: it wants no more messages", http_status=410)
    if answer.status in (401, 403):
        reason = f"the receiver answered {answer.status}: it refuses our signature, its time, or us"
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    return classify_status("webhook", answer, now)
