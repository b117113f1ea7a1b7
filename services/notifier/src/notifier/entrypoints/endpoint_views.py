"""What the API shows of a tenant's webhook endpoints."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from contracts.base import Instant
from notifier.domain.endpoint import Attempt, Endpoint
from notifier.domain.registration import SigningSecret
from notifier.entrypoints import examples
from notifier.entrypoints.examples import like
from notifier.handlers.platform_ports import PlatformLog, Subscribed
from runtime.api import Principal

_ID = "01a20032-fb23-7c43-94a1-4af4a6ff004b"


class AttemptView(BaseModel):
    """`n` counts the attempts of one event; after one that `gave_up` it is not tried again, but may be replayed."""

    event_id: str
    n: int
    at: Instant
    delivered: bool
    code: str
    reason: str
    http_status: int | None = None
    milliseconds: int
    gave_up: bool


class SecretView(BaseModel):
    """A live secret, without its value. `until`: when it ends; none is said of the newest."""

    made_at: Instant
    until: Instant | None = None


class EndpointView(BaseModel):
    """`configured` ones are part of the tenant's configuration and can't be changed here.

    `waiting`: how many positions of the tenant's log it is behind, of all types. `gone` is said of one that answered 410.
    """

    id: str
    origin: Literal["configured", "registered"]
    url: str | None = Field(default=None, description="of a registered one")
    account: str | None = Field(
        default=None, description="of a configured one: the channel account that has its url and secrets"
    )
    events: list[str]
    description: str
    created_at: Instant | None = None
    created_by: str | None = None
    state: Literal["enabled", "disabled", "gone"]
    waiting: int
    delivered: int
    given_up: int
    failures: int = Field(description="attempts of the event at hand that failed")
    failing_since: Instant | None = None
    next_attempt_at: Instant | None = None
    last_delivered_at: Instant | None = None
    code: str | None = None
    reason: str | None = None
    replaying: bool


class EndpointDetail(EndpointView):
    model_config = like(examples.ENDPOINT_DETAIL)

    secrets: list[SecretView] = Field(description="of a registered one: those that sign now, the newest first")
    latest_failures: list[AttemptView]


class EndpointWithSecret(EndpointDetail):
    """The only answer that has the new secret; a repetition with the same Idempotency-Key is the same answer."""

    model_config = like(examples.ENDPOINT_WITH_SECRET)

    secret: str


async def detail(named: Subscribed, log: PlatformLog, caller: Principal, now: datetime) -> EndpointDetail:
    endpoint = await log.endpoint(caller.tenant, named.id)
    view = view_of(named, endpoint, await log.last(caller.tenant))
    failures = await log.failures(caller.tenant, named.id, 50)
    secrets = named.registered.live_secrets(now) if named.registered else ()
    return EndpointDetail(
        **view.model_dump(),
        secrets=[_secret_view(one) for one in secrets],
        latest_failures=[attempt_view(one) for one in failures],
    )


def attempt_view(one: Attempt) -> AttemptView:
    return AttemptView(
        event_id=str(one.event_id),
        n=one.n,
        at=one.at,
        delivered=one.delivered,
        code=one.code,
        reason=one.reason,
        http_status=one.http_status,
        milliseconds=one.milliseconds,
        gave_up=one.gave_up,
    )


def view_of(named: Subscribed, endpoint: Endpoint | None, last: int) -> EndpointView:
    """A configured one that no event was for yet has no row."""
    registered = named.registered
    return EndpointView(
        id=named.id,
        origin="registered" if registered else "configured",
        url=registered.url if registered else None,
        account=named.account,
        events=list(named.events),
        description=registered.description if registered else "",
        created_at=registered.created_at if registered else None,
        created_by=registered.created_by if registered else None,
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


def _secret_view(secret: SigningSecret) -> SecretView:
    return SecretView(made_at=secret.made_at, until=secret.until)
