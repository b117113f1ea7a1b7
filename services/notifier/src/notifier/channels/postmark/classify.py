"""Postmark's answers: an ErrorCode of its own, mostly under status 422. Source: Postmark API reference, "API error codes"."""

import json
from datetime import datetime
from typing import Final

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent

_BROKEN: Final = frozenset({10, 400, 401, 405, 412, 413, 1223, 1226, 1235})
"""Token, signature, account, approval, credits, stream; also code 300 where it names our address."""

_GONE: Final = frozenset({406})
_AGAIN: Final = frozenset({100})
_THROTTLED: Final = frozenset({429})


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    known = body if isinstance(body, dict) else {}
    code, said = known.get("ErrorCode"), clipped(known.get("Message"))
    reason = f"Postmark answered {answer.status}/{code}: {said}"
    if answer.status == 200 and code in (0, None):
        return Outcome(Kind.ACCEPTED, ids=_ids(request, known.get("MessageID")), http_status=200)
    if answer.status == 401 or code in _BROKEN or (code == 300 and "'from'" in said.lower()):
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if code in _GONE or (code == 300 and "'to'" in said.lower()):
        return Outcome(Kind.RECIPIENT_GONE, reason, http_status=answer.status)
    if code in _AGAIN:
        return Outcome(Kind.TRANSIENT, reason, http_status=answer.status)
    if code in _THROTTLED:
        return Outcome(Kind.THROTTLED, reason, http_status=answer.status)
    if answer.status in (200, 422):
        return permanent(f"postmark_{code}", reason, answer.status)
    return classify_status("postmark", answer, now, said)


def _ids(request: ProviderRequest, theirs: object) -> tuple[str, ...]:
    """Postmark's, which its webhooks name; ours, which customers' answers name."""
    headers = {one["Name"]: one["Value"] for one in json.loads(request.body)["Headers"]}
    ours: str = headers["Message-ID"]
    return (theirs, ours) if isinstance(theirs, str) else (ours,)
