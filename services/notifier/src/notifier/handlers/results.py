"""A decision that ends something, as the event about it."""

from datetime import datetime

from contracts.base import Contract
from contracts.outbound import (
    SendAccepted,
    SendFailed,
    SendHeld,
    SendMethod,
    WebhookDelivered,
    WebhookFailed,
)
from notifier.domain.delivery import Accept, Decision, Fail, Hold
from notifier.domain.outcome import Kind
from notifier.handlers.ports import Delivery


def result_of(
    delivery: Delivery, decision: Decision, now: datetime, ids: tuple[str, ...], attempts: int
) -> Contract | None:
    """None while it goes on."""
    if delivery.event is not None:
        return _of_webhook(delivery, decision, now, attempts)
    return _of_message(delivery, decision, now, ids, attempts)


def _of_message(
    delivery: Delivery, decision: Decision, now: datetime, ids: tuple[str, ...], attempts: int
) -> Contract | None:
    common = {
        "message_id": delivery.id,
        "case_id": delivery.case_id,
        "conversation_id": delivery.path.conversation_id,
        "channel": delivery.path.channel,
        "account": delivery.path.account,
    }
    match decision:
        case Accept():
            method = SendMethod(delivery.chosen.method) if delivery.chosen else SendMethod.UNKNOWN
            values = {"method": method, "provider_message_ids": ids, "attempts": attempts}
            return SendAccepted.model_validate(common | values | {"accepted_at": now})
        case Fail(code=code, reason=reason, dead=dead):
            values = {"code": code, "reason": reason, "attempts": attempts, "dead_lettered": dead}
            return SendFailed.model_validate(common | values | {"failed_at": now})
        case Hold(reason=reason):
            return SendHeld.model_validate(common | {"reason": reason, "held_at": now})
    return None


def _of_webhook(delivery: Delivery, decision: Decision, now: datetime, attempts: int) -> Contract | None:
    common = {
        "request_id": delivery.id,
        "case_id": delivery.case_id,
        "webhook": delivery.path.account,
        "attempts": attempts,
    }
    match decision:
        case Accept():
            return WebhookDelivered.model_validate(common | {"delivered_at": now})
        case Fail(code=code, reason=reason, dead=dead):
            values = {"code": code, "reason": reason, "dead_lettered": dead, "failed_at": now}
            return WebhookFailed.model_validate(common | values)
        case Hold(reason=reason):
            values = {"code": str(Kind.AMBIGUOUS), "reason": reason, "failed_at": now}
            return WebhookFailed.model_validate(common | values)
    return None
