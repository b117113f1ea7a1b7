"""LINE's answers. Source: Messaging API reference, "Error responses"; "Retry failed API requests"."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Kind, Outcome, permanent

_GONE: Final = ("failed to send messages", "the property, 'to', in the request body is invalid")
"""Nobody's id, or somebody's or a group's that the official account is no friend or member of."""


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    said = _message(body)
    match answer.status:
        case 200 | 202:
            return Outcome(Kind.ACCEPTED, ids=_ids(body), http_status=answer.status)
        case 409 if request.sent_by is Method.PUSH:
            reason = "LINE had accepted this retry key before"
            return Outcome(Kind.ACCEPTED, reason, _ids(body), http_status=409)
        case 400 if request.sent_by is Method.REPLY and "reply token" in said.lower():
            return Outcome(Kind.REPLY_TOKEN_INVALID, f"LINE answered 400: {said}", http_status=400)
        case 400 if any(words in said.lower() for words in _GONE):
            return Outcome(Kind.RECIPIENT_GONE, f"LINE answered 400: {said}", http_status=400)
        case 401 | 403:
            return Outcome(Kind.CHANNEL_BROKEN, f"LINE answered {answer.status}: {said}", http_status=answer.status)
        case 429 if "monthly limit" in said.lower():
            return permanent("line_monthly_limit", f"LINE answered 429: {said}", 429)
    return classify_status("line", answer, now, said)


def _message(body: Any) -> str:
    """With the first detail: "The request body has 1 error(s)" alone helps nobody."""
    if not isinstance(body, dict):
        return ""
    details = body.get("details")
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    more = ": ".join(filter(None, (clipped(first.get("property")), clipped(first.get("message")))))
    return f"{clipped(body.get('message'))} ({more})" if more else clipped(body.get("message"))


def _ids(body: Any) -> tuple[str, ...]:
    sent = body.get("sentMessages") if isinstance(body, dict) else None
    if not isinstance(sent, list):
        return ()
    return tuple(str(one["id"]) for one in sent if isinstance(one, dict) and "id" in one)
