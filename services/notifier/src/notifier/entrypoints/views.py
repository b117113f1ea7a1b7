"""What the API shows of a delivery: its fate, not the customer's words."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.base import Instant
from notifier.entrypoints import examples
from notifier.entrypoints.examples import like
from notifier.handlers.ports import AttemptRecord, Delivery
from runtime.api import Request

StateName = Literal["pending", "sending", "accepted", "retry", "ambiguous", "held", "failed", "expired", "dead"]


class AttemptView(BaseModel):
    n: int
    started_at: Instant
    ended_at: Instant
    channel: str
    account: str
    method: str | None = None
    outcome: str
    code: str
    reason: str
    http_status: int | None = None


class DeliveryView(BaseModel):
    """`code` is from the closed list in the notifier's README."""

    id: UUID = Field(description="the message's id; of an event its webhook-id")
    state: StateName
    case_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    event: str | None = Field(default=None, description="the type of an event for a webhook")
    method: str | None = None
    attempts_made: int
    code: str | None = None
    reason: str | None = None
    provider_message_ids: list[str]
    approved_by: str | None = Field(default=None, description="who let an answer leave that everybody can read")
    requested_at: Instant
    expires_at: Instant
    next_attempt_at: Instant | None = None
    finished_at: Instant | None = None


class DeliveryDetail(DeliveryView):
    model_config = like(examples.DELIVERY_DETAIL)

    attempts: list[AttemptView]


class Settle(Request):
    model_config = like(examples.SETTLE)

    outcome: Literal["accepted", "failed"]


def attempt_view(record: AttemptRecord) -> AttemptView:
    return AttemptView.model_validate(record, from_attributes=True)


def delivery_view(delivery: Delivery) -> DeliveryView:
    waits = delivery.state in ("pending", "retry", "ambiguous")
    return DeliveryView(
        id=delivery.id,
        state=delivery.state.value,
        case_id=delivery.case_id,
        conversation_id=delivery.path.conversation_id,
        channel=delivery.path.channel,
        account=delivery.path.account,
        event=delivery.event.type if delivery.event else None,
        method=delivery.chosen.method if delivery.chosen else None,
        attempts_made=delivery.attempt,
        code=delivery.last_code,
        reason=delivery.last_reason,
        provider_message_ids=list(delivery.provider_message_ids),
        approved_by=delivery.approved_by,
        requested_at=delivery.requested_at,
        expires_at=delivery.expires_at,
        next_attempt_at=delivery.next_attempt_at if waits else None,
        finished_at=delivery.finished_at,
    )


def detail(delivery: Delivery, attempts: list[AttemptRecord]) -> DeliveryDetail:
    shown = delivery_view(delivery).model_dump()
    return DeliveryDetail(**shown, attempts=[attempt_view(one) for one in attempts])
