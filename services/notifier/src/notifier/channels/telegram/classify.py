"""Telegram's answers: `ok`, and a description. Source: Telegram Bot API, "Making requests", "ResponseParameters"."""

from datetime import datetime, timedelta
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.schedule import parse_retry_after

_GONE: Final = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat_write_forbidden",
    "group chat was deactivated",
    "group chat was upgraded",
    "have no rights to send",
    "not enough rights",
    "bot is not a member",
    "user_is_blocked",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "chat_restricted",
    "chat_admin_required",
    "channel_private",
    "user_banned_in_channel",
    "user_deactivated",
    "user is deactivated",
    "bot was blocked",
    "bot was kicked",
    "business_connection",
    "message thread not found",
    "business_peer",
)

_LATER: Final = ("failed to get http url content", "internal")
"""Telegram's own fetch of a file failed, or something of its own."""


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    if told.get("ok") is True or 200 <= answer.status < 300:
        return _accepted(told, answer.status)
    said = clipped(told.get("description"))
    reason = f"Telegram refused it: {said}"
    parameters = told.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    new_chat = parameters.get("migrate_to_chat_id")
    if isinstance(new_chat, int) and not _names(request, new_chat):
        moved = {"chat_id": str(new_chat)}
        return Outcome(Kind.RECIPIENT_GONE, reason, http_status=answer.status, moved=moved)
    match answer.status:
        case 401 | 404:
            return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
        case 403:
            return Outcome(Kind.RECIPIENT_GONE, reason, http_status=403)
        case 400 if any(words in said.lower() for words in _GONE):
            return Outcome(Kind.RECIPIENT_GONE, reason, http_status=400)
        case 400 if any(words in said.lower() for words in _LATER):
            return Outcome(Kind.TRANSIENT, reason, http_status=400)
        case 429:
            wait = _wait(parameters) or parse_retry_after(answer.headers.get("retry-after"), now)
            return Outcome(Kind.THROTTLED, reason, retry_after=wait, http_status=429)
    return classify_status("telegram", answer, now, said)


def _accepted(body: Any, status: int) -> Outcome:
    """`chat:message`, as ingest names messages: Telegram counts them by chat."""
    result = body.get("result")
    chat = result.get("chat") if isinstance(result, dict) else None
    if not isinstance(chat, dict) or "id" not in chat or "message_id" not in result:
        return Outcome(Kind.AMBIGUOUS, "Telegram answered 2xx without a message id", http_status=status)
    return Outcome(Kind.ACCEPTED, ids=(f"{chat['id']}:{result['message_id']}",), http_status=status)


def _names(request: ProviderRequest, chat: int) -> bool:
    """A chat that has moved to itself would be followed for ever."""
    body = HttpAnswer(0, {}, request.body).json()
    return isinstance(body, dict) and body.get("chat_id") == chat


def _wait(parameters: dict[str, Any]) -> timedelta | None:
    seconds = parameters.get("retry_after")
    known = isinstance(seconds, int) and 0 <= seconds < 10**6
    return timedelta(seconds=seconds) if known and seconds is not None else None
