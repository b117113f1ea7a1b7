"""An endpoint of a tenant's own system: its place in the log, and what follows from an attempt. Pure; time is an argument."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifier.domain.outcome import Kind, Outcome

STEPS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=16),
    timedelta(hours=24),
)
"""Published: the waits after an event's first, second … failed attempt, 71 h 36 min together. After the last it is given up."""

DISABLED_AFTER: Final = timedelta(days=5)


class EndpointState(StrEnum):
    ENABLED = "enabled"
    DISABLED = "disabled"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`cursor`: everything up to this position of the tenant's log is done. A replay reads from `replay_cursor` to `replay_until` first.

    `head_id` is the event that failed last, `failures` its attempts; `failing_since` is the first failure after the last success.
    """

    subscription: str
    state: EndpointState
    cursor: int
    next_attempt_at: datetime
    replay_cursor: int | None = None
    replay_until: int | None = None
    head_id: UUID | None = None
    head_since: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    delivered: int = 0
    given_up: int = 0
    last_code: str | None = None
    last_reason: str | None = None
    last_delivered_at: datetime | None = None

    @property
    def place(self) -> int:
        return self.cursor if self.replay_cursor is None else self.replay_cursor


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request; `n` counts those of one event. `gave_up`: it failed and was this event's last."""

    event_id: UUID
    n: int
    at: datetime
    code: str
    reason: str
    http_status: int | None
    gave_up: bool = False
    delivered: bool = False
    milliseconds: int = 0


def passed(endpoint: Endpoint, position: int) -> Endpoint:
    """Everything up to here is done; a replay that reached its end is over."""
    if endpoint.replay_cursor is None:
        return replace(endpoint, cursor=max(position, endpoint.cursor))
    if endpoint.replay_until is not None and position >= endpoint.replay_until:
        return replace(endpoint, replay_cursor=None, replay_until=None)
    return replace(endpoint, replay_cursor=position)


def delivered(endpoint: Endpoint, position: int, now: datetime) -> Endpoint:
    done = replace(
        passed(endpoint, position), delivered=endpoint.delivered + 1, last_delivered_at=now, next_attempt_at=now
    )
    return replace(
        done, head_id=None, head_since=None, failures=0, failing_since=None, last_code=None, last_reason=None
    )


def success(endpoint: Endpoint, event_id: UUID, outcome: Outcome, now: datetime) -> Attempt:
    """The record of an attempt that was taken, told of the endpoint as it was before."""
    n = endpoint.failures + 1 if endpoint.head_id == event_id else 1
    return Attempt(event_id, n, now, outcome.code, outcome.reason, outcome.http_status, delivered=True)


def failed(
    endpoint: Endpoint, event_id: UUID, position: int, outcome: Outcome, now: datetime
) -> tuple[Endpoint, Attempt]:
    """Whatever the answer was, it is tried again by the schedule; 410 ends the subscription, five days of failures disable it."""
    is_same = endpoint.head_id == event_id
    failures = endpoint.failures + 1 if is_same else 1
    gave_up = failures > len(STEPS)
    at = now if gave_up else now + _wait(failures, outcome)
    told = replace(
        endpoint,
        head_id=event_id,
        head_since=endpoint.head_since if is_same else now,
        failures=failures,
        failing_since=endpoint.failing_since or now,
        next_attempt_at=at,
        last_code=outcome.code,
        last_reason=outcome.reason,
    )
    if gave_up:
        skipped = passed(told, position)
        told = replace(skipped, head_id=None, head_since=None, failures=0, given_up=endpoint.given_up + 1)
    record = Attempt(event_id, failures, now, outcome.code, outcome.reason, outcome.http_status, gave_up)
    return _judged(told, outcome, now), record


def renewed(endpoint: Endpoint, now: datetime) -> Endpoint:
    """What it fails with is no more: the event at hand is tried at once, by a fresh schedule."""
    return replace(endpoint, head_id=None, head_since=None, failures=0, failing_since=None, next_attempt_at=now)


def enabled(endpoint: Endpoint, now: datetime, *, cursor: int | None = None) -> Endpoint:
    """At once, with a fresh schedule; from `cursor` where one is given, else from where it was."""
    place = endpoint.cursor if cursor is None else cursor
    return replace(renewed(endpoint, now), state=EndpointState.ENABLED, cursor=place)


def _wait(failures: int, outcome: Outcome) -> timedelta:
    step = STEPS[failures - 1]
    return max(step, outcome.retry_after) if outcome.retry_after is not None else step


def _judged(endpoint: Endpoint, outcome: Outcome, now: datetime) -> Endpoint:
    if outcome.kind is Kind.RECIPIENT_GONE:
        return replace(endpoint, state=EndpointState.GONE)
    if endpoint.failing_since is not None and now - endpoint.failing_since >= DISABLED_AFTER:
        return replace(endpoint, state=EndpointState.DISABLED)
    return endpoint
