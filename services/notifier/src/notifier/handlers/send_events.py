"""One endpoint's turn: what waits for it, in order, until something fails or the turn is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.config import WebhookSubscription
from contracts.endpoints import DisabledBecause, EndpointDisabled
from contracts.topics import OUTBOUND_RESULTS
from notifier.domain.endpoint import Endpoint, EndpointState, Failed, delivered, failed, passed
from notifier.domain.outcome import Kind
from notifier.handlers.platform_ports import Claimed, LoggedEvent, Poster
from runtime.ports import Emitter

MAX_EVENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Turn:
    endpoint: Endpoint
    failures: tuple[Failed, ...] = ()


async def send_events(
    claimed: Claimed,
    subscription: WebhookSubscription,
    events: Sequence[LoggedEvent],
    poster: Poster,
    now: Callable[[], datetime],
) -> Turn:
    """An event is sent only while the lease surely outlives the request."""
    endpoint = claimed.endpoint
    for event in events:
        if now() >= claimed.until:
            break
        outcome = await poster.post(claimed.tenant, subscription, event)
        if outcome.kind is not Kind.ACCEPTED:
            told, record = failed(endpoint, event.id, event.position, outcome, now())
            return Turn(told, (record,))
        endpoint = delivered(endpoint, event.position, now())
    return Turn(endpoint)


def without_events(endpoint: Endpoint, last: int) -> Endpoint:
    """Nothing up to the end of the log, or of the replay, is for it."""
    return passed(endpoint, last if endpoint.replay_until is None else endpoint.replay_until)


def tell_disabled(before: Endpoint, after: Endpoint, account: str, work: Emitter) -> None:
    if before.state is not EndpointState.ENABLED or after.state is EndpointState.ENABLED:
        return
    because = DisabledBecause.GONE if after.state is EndpointState.GONE else DisabledBecause.FAILING
    told = EndpointDisabled(
        subscription=after.subscription,
        account=account,
        because=because,
        reason=after.last_reason or "",
        failing_since=after.failing_since,
        disabled_at=work.now,
    )
    work.emit(OUTBOUND_RESULTS, after.subscription, told)
