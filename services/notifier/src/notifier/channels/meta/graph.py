"""An error of the Graph API. Source: Graph API, "Handle errors"; "Rate limits, Business use case usage"."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_retry_after

_REGAIN: Final = "estimated_time_to_regain_access"
_WEEK: Final = 7 * 24 * 60


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
    data = error.get("error_data")
    details = clipped(data.get("details")) if isinstance(data, dict) else ""
    said = f"{said}: {details}" if details and details not in said else said
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
    wait = parse_retry_after(answer.headers.get("retry-after"), now) or _regained(answer)
    return Outcome(kind, reason, retry_after=wait, http_status=answer.status)


def _regained(answer: HttpAnswer) -> timedelta | None:
    """Who is throttled is told in minutes, for each business and kind of use, when it ends."""
    told = HttpAnswer(0, {}, answer.headers.get("x-business-use-case-usage", "").encode()).json()
    lists = [uses for uses in told.values() if isinstance(uses, list)] if isinstance(told, dict) else []
    minutes = [_number(use.get(_REGAIN)) for uses in lists for use in uses if isinstance(use, dict)]
    longest = max((found for found in minutes if found is not None), default=0)
    return timedelta(minutes=longest) if 0 < longest < _WEEK else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
