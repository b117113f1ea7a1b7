"""The connector's answers. Source: Teams, "Status codes from bot conversational APIs", "Rate limiting"."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest, token_expired
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_retry_after

_AGAIN: Final = frozenset({412, 502, 504})
"""Teams says that these are to be tried again."""
_GONE: Final = frozenset(
    {"ConversationBlockedByUser", "BotNotInConversationRoster", "ConversationNotFound", "MessageWritesBlocked"}
)

_BROKEN: Final = frozenset({"BotNotRegistered", "InvalidBotApiHost"})


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    if 200 <= answer.status < 300:
        return Outcome(Kind.ACCEPTED, ids=_ids(request, body), http_status=answer.status)
    code, said = _error(body)
    reason = f"Teams answered {answer.status}: {code} {said}".rstrip(": ")
    if answer.status == 401:
        return token_expired(reason, 401)
    if code in _BROKEN:
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if answer.status == 403 or code in _GONE:
        return Outcome(Kind.RECIPIENT_GONE, reason, http_status=answer.status)
    if answer.status in _AGAIN:
        wait = parse_retry_after(answer.headers.get("retry-after"), now)
        return Outcome(Kind.TRANSIENT, reason, retry_after=wait, http_status=answer.status)
    if code and 400 <= answer.status < 429:
        return permanent(f"teams_{code}", reason, answer.status)
    return classify_status("teams", answer, now, said)


def _ids(request: ProviderRequest, body: Any) -> tuple[str, ...]:
    """`conversation:id`, as ingest names messages."""
    found = body.get("id") if isinstance(body, dict) else None
    conversation = unquote(request.url.partition("/v3/conversations/")[2].partition("/")[0])
    return (f"{conversation}:{found}",) if found else ()


def _error(body: Any) -> tuple[str, str]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", ""
    inner = error.get("innerHttpError")
    code = error.get("subCode") or error.get("code") or (inner.get("statusCode") if isinstance(inner, dict) else "")
    return clipped(str(code or ""), 80), clipped(error.get("message"))
