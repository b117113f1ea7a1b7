"""What a trial request came to."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, Field

from notifier.domain.outcome import Kind, Outcome


class PingView(BaseModel):
    """`delivered`: the endpoint answered 2xx. `code` is as in a delivery's attempts."""

    webhook_id: UUID
    delivered: bool
    code: str = Field(examples=["accepted"])
    reason: str
    http_status: int | None = Field(examples=[204])
    milliseconds: int = Field(examples=[38])


def pinged(id: UUID, outcome: Outcome, took: timedelta) -> PingView:
    return PingView(
        webhook_id=id,
        delivered=outcome.kind is Kind.ACCEPTED,
        code=outcome.code,
        reason=outcome.reason,
        http_status=outcome.http_status,
        milliseconds=max(0, took // timedelta(milliseconds=1)),
    )
