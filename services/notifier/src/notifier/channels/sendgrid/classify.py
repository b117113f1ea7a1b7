"""SendGrid's answers. Source: Twilio SendGrid API reference, "Mail Send Errors"."""

import json
from datetime import datetime

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.sendgrid.render import OUR_ID
from notifier.domain.outcome import Kind, Outcome


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    said = clipped(first.get("message"))
    if answer.status in (200, 202):
        return Outcome(Kind.ACCEPTED, ids=_ids(request, answer), http_status=answer.status)
    if answer.status in (401, 403):
        return Outcome(Kind.CHANNEL_BROKEN, f"SendGrid answered {answer.status}: {said}", http_status=answer.status)
    if answer.status == 400 and str(first.get("field", "")).startswith("personalizations.0.to"):
        return Outcome(Kind.RECIPIENT_GONE, f"SendGrid answered 400: {said}", http_status=400)
    return classify_status("sendgrid", answer, now, said)


def _ids(request: ProviderRequest, answer: HttpAnswer) -> tuple[str, ...]:
    """Ours, which customers' answers and the events name; SendGrid's own, for events of a mail that lost it."""
    ours: str = json.loads(request.body)["custom_args"][OUR_ID]
    theirs = answer.headers.get("x-message-id")
    return (ours, theirs) if theirs else (ours,)
