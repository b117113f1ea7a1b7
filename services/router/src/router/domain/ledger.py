"""The SLA ledger replayed: live clocks change only through `apply`, so a replay gives the same clocks."""

from collections.abc import Iterable

from router.domain.events import (
    Event,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaEntry,
    SlaFulfilled,
    SlaPaused,
    SlaResumed,
    SlaWarned,
)
from router.domain.model import ClockStatus, MetricClock, MetricName, TimerKind

_MOVES: dict[type[SlaEntry], tuple[ClockStatus | None, ClockStatus]] = {
    SlaPaused: (ClockStatus.RUNNING, ClockStatus.PAUSED),
    SlaResumed: (ClockStatus.PAUSED, ClockStatus.RUNNING),
    SlaFulfilled: (None, ClockStatus.FULFILLED),
    SlaCancelled: (None, ClockStatus.CANCELLED),
}


_OVER = (ClockStatus.FULFILLED, ClockStatus.CANCELLED)


class LedgerError(ValueError):
    """A ledger that no clock could have written."""


def replay_ledger(events: Iterable[Event | SlaEntry]) -> dict[MetricName, MetricClock]:
    """The clocks of one case; events that are not of the ledger are passed over."""
    clocks: dict[MetricName, MetricClock] = {}
    for event in events:
        if isinstance(event, SlaEntry):
            clocks[event.metric] = apply(clocks.get(event.metric), event)
    return clocks


def apply(clock: MetricClock | None, entry: SlaEntry) -> MetricClock:
    if isinstance(entry, SlaApplied):
        _require(clock is None or is_over(clock), entry, "it is open already")
        return _clock(clock if entry.resumed else None, entry, ClockStatus.RUNNING)
    if clock is None or is_over(clock):
        raise LedgerError(f"{type(entry).__name__} of case {entry.case_id}, {entry.metric}: it is not open.")
    if isinstance(entry, SlaBreached):
        _require(clock.breached_at is None, entry, "it was breached before")
    wanted, status = _MOVES.get(type(entry), (None, None))
    _require(wanted in (None, clock.status), entry, f"it is {clock.status.value}")
    return _clock(clock, entry, status or clock.status)


def is_over(clock: MetricClock) -> bool:
    return clock.status in _OVER


def is_timed(clock: MetricClock) -> bool:
    return clock.status is ClockStatus.RUNNING and clock.breached_at is None


def due_at(clock: MetricClock, kind: TimerKind) -> int | None:
    """When its timer of this kind should fire."""
    if not is_timed(clock):
        return None
    return clock.due_at if kind is TimerKind.BREACH else clock.warn_at


def timers(clock: MetricClock | None) -> dict[TimerKind, tuple[int, int]]:
    """The timers that should be armed: kind to (due_at, version)."""
    if clock is None or not is_timed(clock):
        return {}
    armed: dict[TimerKind, tuple[int, int]] = {}
    if clock.due_at is not None:
        armed[TimerKind.BREACH] = (clock.due_at, clock.version)
    if clock.warn_at is not None:
        armed[TimerKind.WARN] = (clock.warn_at, clock.version)
    return armed


def _clock(before: MetricClock | None, entry: SlaEntry, status: ClockStatus) -> MetricClock:
    warned = before.warned if before is not None else ()
    breached_at = before.breached_at if before is not None else None
    over = isinstance(entry, SlaFulfilled | SlaCancelled)
    return MetricClock(
        metric=entry.metric,
        policy=entry.policy,
        policy_revision=entry.policy_revision,
        calendar=entry.calendar,
        calendar_revision=entry.calendar_revision,
        target_ms=entry.target_ms,
        started_at=entry.started_at,
        status=status,
        due_at=entry.due_at,
        remaining_ms=entry.remaining_ms if over or status is ClockStatus.PAUSED else None,
        warns_left=entry.warns_left,
        warn_at=entry.warn_at,
        version=entry.version,
        warned=(*warned, entry.warning) if isinstance(entry, SlaWarned) else warned,
        breached_at=entry.at if isinstance(entry, SlaBreached) else breached_at,
        ended_at=entry.at if over else None,
        late=isinstance(entry, SlaFulfilled) and entry.late,
    )


def _require(holds: bool, entry: SlaEntry, why_not: str) -> None:
    if not holds:
        raise LedgerError(f"{type(entry).__name__} of case {entry.case_id}, {entry.metric}: {why_not}.")
