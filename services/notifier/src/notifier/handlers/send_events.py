"""One endpoint's turn: what waits for it, in order, until something fails or the turn is over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from contracts.endpoints import DisabledBecause, EndpointDisabled
from contracts.topics import OUTBOUND_RESULTS
from notifier.domain.endpoint import Attempt, Endpoint, EndpointState, delivered, failed, passed, success
from notifier.domain.outcome import Kind
from notifier.handlers.platform_ports import Claimed, LoggedEvent, Poster, Subscribed
from runtime.ports import Emitter

MAX_EVENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Turn:
    endpoint: Endpoint
    attempts: tuple[Attempt, ...] = ()


async def send_events(
    claimed: Claimed,
    to: Subscribed,
    events: Sequence[LoggedEvent],
    poster: Poster,
    now: Callable[[], datetime],
) -> Turn:
    """An event is sent only while the lease surely outlives the request."""
    endpoint, made = claimed.endpoint, list[Attempt]()
    for event in events:
        began = now()
        if began >= claimed.until:
            break
        outcome = await poster.post(claimed.tenant, to, event)
        ended = now()
        if outcome.kind is not Kind.ACCEPTED:
            endpoint, record = failed(endpoint, event.id, event.position, outcome, ended)
            return Turn(endpoint, (*made, _timed(record, ended - began)))
        made.append(_timed(success(endpoint, event.id, outcome, ended), ended - began))
        endpoint = delivered(endpoint, event.position, ended)
    return Turn(endpoint, tuple(made))


def _timed(record: Attempt, took: timedelta) -> Attempt:
    return replace(record, milliseconds=max(0, took // timedelta(milliseconds=1)))


def without_events(endpoint: Endpoint, last: int) -> Endpoint:
    """Nothing up to the end of the log, or of the replay, is for it."""
    return passed(endpoint, last if endpoint.replay_until is None else endpoint.replay_until)


def tell_disabled(before: Endpoint, after: Endpoint, account: str | None, work: Emitter) -> None:
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
