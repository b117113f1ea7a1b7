"""Apple's answers. Source: App Store Connect API, "Interpreting and handling errors", "ErrorResponse"."""

from datetime import datetime
from typing import Any

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    if 200 <= answer.status < 300:
        return Outcome(Kind.ACCEPTED, ids=_ids(body), http_status=answer.status)
    said = _said(body)
    reason = f"the App Store answered {answer.status}: {said}"
    match answer.status:
        case 401 | 403:
            return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
        case 404:
            return Outcome(Kind.RECIPIENT_GONE, reason, http_status=404)
        case 409:
            return permanent("app_store_409", reason, 409)
    return classify_status("app_store", answer, now, said)


def _ids(body: Any) -> tuple[str, ...]:
    data = body.get("data") if isinstance(body, dict) else None
    found = data.get("id") if isinstance(data, dict) else None
    return (found,) if isinstance(found, str) else ()


def _said(body: Any) -> str:
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return clipped(first.get("detail") or first.get("title")) if isinstance(first, dict) else ""
