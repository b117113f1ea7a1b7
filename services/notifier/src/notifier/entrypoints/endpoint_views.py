"""What the API shows of a tenant's endpoints."""

from typing import Literal

from pydantic import BaseModel, Field

from contracts.base import Instant
from contracts.config import WebhookSubscription
from notifier.domain.endpoint import Endpoint, Failed
from notifier.handlers.platform_ports import PlatformLog
from runtime.api import Principal, Request


class FailureView(BaseModel):
    """`n` counts the attempts of one event; after one that `gave_up` the event is not tried again, but may be replayed."""

    event_id: str
    n: int
    at: Instant
    code: str
    reason: str
    http_status: int | None
    gave_up: bool


class EndpointView(BaseModel):
    """`waiting`: how many positions of the tenant's log it is behind, of all types. `gone` is said of one that answered 410."""

    subscription: str
    account: str
    events: list[str]
    state: Literal["enabled", "disabled", "gone"]
    waiting: int
    delivered: int
    given_up: int
    failures: int = Field(description="attempts of the event at hand that failed")
    failing_since: Instant | None
    next_attempt_at: Instant | None
    last_delivered_at: Instant | None
    code: str | None
    reason: str | None
    replaying: bool


class EndpointDetail(EndpointView):
    latest_failures: list[FailureView]


class EndpointList(BaseModel):
    items: list[EndpointView]


class Enable(Request):
    """`kept`: go on where it was, as far as events are kept (14 days). `now`: pass over what it missed."""

    resume: Literal["kept", "now"] = "kept"


class Replay(Request):
    """Events whose time is in `[from, to)`, in their order and under their old webhook-ids, before anything newer."""

    from_: Instant = Field(alias="from", examples=["2026-11-20T00:00:00.000Z"])
    to: Instant = Field(examples=["2026-11-20T06:00:00.000Z"])


async def detail(named: WebhookSubscription, log: PlatformLog, caller: Principal) -> EndpointDetail:
    endpoint = await log.endpoint(caller.tenant, named.id)
    view = view_of(named, endpoint, await log.last(caller.tenant))
    failures = await log.failures(caller.tenant, named.id, 50)
    return EndpointDetail(**view.model_dump(), latest_failures=[failure_view(one) for one in failures])


def failure_view(one: Failed) -> FailureView:
    return FailureView(
        event_id=str(one.event_id),
        n=one.n,
        at=one.at,
        code=one.code,
        reason=one.reason,
        http_status=one.http_status,
        gave_up=one.gave_up,
    )


def view_of(named: WebhookSubscription, endpoint: Endpoint | None, last: int) -> EndpointView:
    """One that no event was for yet has no row."""
    return EndpointView(
        subscription=named.id,
        account=named.account,
        events=list(named.events),
        state=endpoint.state.value if endpoint else "enabled",
        waiting=max(0, last - endpoint.cursor) if endpoint else 0,
        delivered=endpoint.delivered if endpoint else 0,
        given_up=endpoint.given_up if endpoint else 0,
        failures=endpoint.failures if endpoint else 0,
        failing_since=endpoint.failing_since if endpoint else None,
        next_attempt_at=endpoint.next_attempt_at if endpoint and endpoint.failures else None,
        last_delivered_at=endpoint.last_delivered_at if endpoint else None,
        code=endpoint.last_code if endpoint else None,
        reason=endpoint.last_reason if endpoint else None,
        replaying=endpoint is not None and endpoint.replay_until is not None,
    )
