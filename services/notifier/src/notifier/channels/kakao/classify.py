"""Kakao's answers to callbacks and events: `status` SUCCESS, FAIL or ERROR. Source: Kakao, "AI chatbot callback guide"; "Event API"."""

from datetime import datetime

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Kind, Outcome, permanent


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    status, said = str(told.get("status", "")), clipped(told.get("message"))
    reason = f"Kakao answered {answer.status}: {status} {said}".rstrip()
    if 200 <= answer.status < 300 and status == "SUCCESS":
        task = told.get("taskId")
        return Outcome(Kind.ACCEPTED, ids=(str(task),) if task else (), http_status=answer.status)
    if request.sent_by is Method.REPLY and (status == "FAIL" or answer.status in (400, 401, 403, 404, 410)):
        return Outcome(Kind.REPLY_TOKEN_INVALID, reason, http_status=answer.status)
    if answer.status in (401, 403):
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if 200 <= answer.status < 300:
        return _refused(status, reason, answer)
    return classify_status("kakao", answer, now, said)


def _refused(status: str, reason: str, answer: HttpAnswer) -> Outcome:
    if status == "FAIL":
        return permanent("kakao_FAIL", reason, answer.status)
    return Outcome(Kind.AMBIGUOUS, reason, http_status=answer.status)
