"""What a trial request came to."""

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel

from notifier.domain.outcome import Kind, Outcome
from notifier.entrypoints import examples
from notifier.entrypoints.examples import like


class PingView(BaseModel):
    """`delivered`: the endpoint answered 2xx. `code` is as in a delivery's attempts."""

    model_config = like(examples.PING)

    webhook_id: UUID
    delivered: bool
    code: str
    reason: str
    http_status: int | None = None
    milliseconds: int


def pinged(id: UUID, outcome: Outcome, took: timedelta) -> PingView:
    return PingView(
        webhook_id=id,
        delivered=outcome.kind is Kind.ACCEPTED,
        code=outcome.code,
        reason=outcome.reason,
        http_status=outcome.http_status,
        milliseconds=max(0, took // timedelta(milliseconds=1)),
    )
