"""Google's answers. Source: Google Play Developer API v3, "ReviewsReplyResponse"; "Handle errors" of Google's APIs (`error.errors`)."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest, token_expired
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.schedule import parse_retry_after

_QUOTA: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    if 200 <= answer.status < 300:
        return Outcome(Kind.ACCEPTED, ids=_ids(request, body), http_status=answer.status)
    said, reasons = _error(body)
    reason = f"Google Play answered {answer.status}: {said}"
    match answer.status:
        case 401:
            return token_expired(reason, 401)
        case 403 if reasons & _QUOTA:
            wait = parse_retry_after(answer.headers.get("retry-after"), now)
            return Outcome(Kind.THROTTLED, reason, retry_after=wait, http_status=403)
        case 403:
            return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=403)
        case 404:
            return Outcome(Kind.RECIPIENT_GONE, reason, http_status=404)
    return classify_status("google_play", answer, now, said)


def _ids(request: ProviderRequest, body: Any) -> tuple[str, ...]:
    """An answer has no id of its own: its review's, and its time, as ingest names it when it reads it back."""
    result = body.get("result") if isinstance(body, dict) else None
    edited = result.get("lastEdited") if isinstance(result, dict) else None
    seconds = edited.get("seconds") if isinstance(edited, dict) else None
    review = unquote(request.url.rpartition("/")[2].removesuffix(":reply"))
    return (f"{review}:{seconds}",) if isinstance(seconds, str | int) else ()


def _error(body: Any) -> tuple[str, set[str]]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", set()
    details = error.get("errors")
    found = details if isinstance(details, list) else []
    return clipped(error.get("message")), {str(one.get("reason")) for one in found if isinstance(one, dict)}
