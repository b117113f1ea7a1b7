"""Mailgun's answers. Source: Mailgun API reference, "Responses"."""

from datetime import datetime

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    known = body if isinstance(body, dict) else {}
    said = clipped(known.get("message"))
    if answer.status == 200:
        found = known.get("id")
        return Outcome(Kind.ACCEPTED, ids=(found,) if isinstance(found, str) else (), http_status=200)
    if answer.status in (401, 402, 403) or (answer.status == 404 and "domain" in said.lower()):
        return Outcome(Kind.CHANNEL_BROKEN, f"Mailgun answered {answer.status}: {said}", http_status=answer.status)
    if answer.status == 400 and said.lower().startswith("to parameter is not a valid address"):
        return Outcome(Kind.RECIPIENT_GONE, f"Mailgun answered 400: {said}", http_status=400)
    return classify_status("mailgun", answer, now, said)
