"""An error of the Graph API. Source: Graph API, "Handle errors"."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_retry_after


@dataclass(frozen=True, slots=True)
class GraphError:
    code: int | None
    subcode: int | None
    said: str


def error_of(body: Any) -> GraphError | None:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return None
    said = clipped(error.get("message")) or clipped(error.get("error_user_msg"))
    return GraphError(_number(error.get("code")), _number(error.get("error_subcode")), said)


def refused(
    channel: str, provider: str, error: GraphError, kind: Kind | None, answer: HttpAnswer, now: datetime
) -> Outcome:
    """An error object says that the message was not sent, even under a 5xx. Of an unknown code only the status tells."""
    if kind is None and (error.code is None or answer.status >= 500 or answer.status == 429):
        return classify_status(channel, answer, now, error.said)
    reason = f"{provider} refused it: {error.said}"
    if kind is None:
        return permanent(f"{channel}_{error.code}", reason, answer.status)
    wait = parse_retry_after(answer.headers.get("retry-after"), now)
    return Outcome(kind, reason, retry_after=wait, http_status=answer.status)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
