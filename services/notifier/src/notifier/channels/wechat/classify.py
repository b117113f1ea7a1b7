"""WeChat's answers: 200 with an `errcode`. A message that it took gets no id."""

from datetime import datetime

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest, token_expired
from notifier.channels.wechat.errors import TOKEN_ENDED, kind_of
from notifier.domain.outcome import Kind, Outcome, permanent


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    if not 200 <= answer.status < 300:
        return classify_status("wechat", answer, now)
    body = answer.json()
    code = body.get("errcode") if isinstance(body, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return Outcome(Kind.AMBIGUOUS, "WeChat answered 2xx without an errcode", http_status=answer.status)
    if code == 0:
        return Outcome(Kind.ACCEPTED, ids=_ids(body), http_status=answer.status)
    reason = f"WeChat refused it: {code} {clipped(body.get('errmsg'))}"
    if code in TOKEN_ENDED:
        return token_expired(reason, answer.status)
    kind = kind_of(code)
    return (
        permanent(f"wechat_{code}", reason, answer.status)
        if kind is None
        else Outcome(kind, reason, http_status=answer.status)
    )


def _ids(body: dict[str, object]) -> tuple[str, ...]:
    """Template messages have an id that a later event names."""
    found = body.get("msgid")
    return (str(found),) if isinstance(found, int | str) and found else ()
