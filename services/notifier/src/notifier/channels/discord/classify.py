"""Discord's answers, by the code in the body. Source: Discord, "Opcodes and status codes, JSON error codes"; "Rate limits"."""

from datetime import datetime, timedelta
from typing import Any, Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import RETRY_AFTER_CAP, parse_retry_after

_NO_TOKEN: Final = frozenset({10015, 10062, 50027})
_KINDS: Final = {
    Kind.THROTTLED: frozenset({20016, 20022, 20028, 20029, 31001, 31002, 40003, 40062}),
    Kind.TRANSIENT: frozenset({40004, 130000}),
    Kind.RECIPIENT_GONE: frozenset({10003, 10004, 10013, 50007, 50278}),
    Kind.CHANNEL_BROKEN: frozenset({40001, 40002, 50014}),
}


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    if 200 <= answer.status < 300:
        found = told.get("id")
        return Outcome(Kind.ACCEPTED, ids=(str(found),) if found else (), http_status=answer.status)
    code, said = _code(told), clipped(told.get("message"))
    reason = f"Discord answered {answer.status}: {code} {said}"
    if request.sent_by is Method.REPLY and (code in _NO_TOKEN or answer.status in (401, 404)):
        return Outcome(Kind.REPLY_TOKEN_INVALID, reason, http_status=answer.status)
    if answer.status == 429:
        return Outcome(Kind.THROTTLED, reason, retry_after=_wait(told, answer, now), http_status=429)
    if answer.status == 401:
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=401)
    kind = next((kind for kind, codes in _KINDS.items() if code in codes), None)
    if kind is not None:
        return Outcome(kind, reason, retry_after=_wait(told, answer, now), http_status=answer.status)
    if code and 400 <= answer.status < 500:
        return permanent(f"discord_{code}", reason, answer.status)
    return classify_status("discord", answer, now, said)


def _code(told: dict[str, Any]) -> int:
    found = told.get("code")
    return found if isinstance(found, int) else 0


def _wait(told: dict[str, Any], answer: HttpAnswer, now: datetime) -> timedelta | None:
    """The body tells fractions of a second, the header whole ones."""
    seconds = told.get("retry_after")
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds <= 86_400:
        return min(timedelta(seconds=seconds), RETRY_AFTER_CAP)
    return parse_retry_after(answer.headers.get("retry-after"), now)
