"""Which clocks need not be held: those that only run follow from what they share with others, and from the request."""

from functools import lru_cache
from typing import Any

from router.domain.model import ClockStatus, MetricClock, RunningClock, RunningClocks, WorkItem

_Terms = tuple[bool, tuple[Any, ...]]
_MINUTE_MS = 60_000


def share_clocks(item: WorkItem) -> None:
    """Held clocks that all only run are shared from now on; nothing that may be asked of the work changes."""
    kept = item.kept_clocks
    if kept and not isinstance(kept, RunningClocks) and all(_only_runs(item, clock) for clock in kept.values()):
        item.kept_clocks = _running(tuple(map(_terms, kept.values())))


def _only_runs(item: WorkItem, clock: MetricClock) -> bool:
    """Whatever else a clock can be shows in its status or its breach."""
    return clock.started_at == item.requested_at and clock.status is ClockStatus.RUNNING and clock.breached_at is None


def _terms(clock: MetricClock) -> _Terms:
    """Whether it moves, and the fields of a clock that starts at 0."""
    start, due_at, warn_at = clock.started_at, clock.due_at, clock.warn_at
    moves = due_at is None or _moves(due_at - start - clock.target_ms)
    base = start if moves else 0
    due_after = None if due_at is None else due_at - base
    warn_after = None if warn_at is None else warn_at - base
    policy = clock.policy, clock.policy_revision, clock.calendar, clock.calendar_revision, clock.target_ms
    runs = 0, ClockStatus.RUNNING, due_after, None, clock.warns_left, warn_after, clock.version, clock.warned
    return moves, (clock.metric, *policy, *runs)


def _moves(closed_ms: int) -> bool:
    """Closed hours between two open ones are whole minutes; those before the first are what is left of them at any instant."""
    return closed_ms % _MINUTE_MS == 0


@lru_cache(maxsize=1_024)
def _running(clocks: tuple[_Terms, ...]) -> RunningClocks:
    """Bounded: clocks like nobody else's may be held by their work alone."""
    return RunningClocks(tuple(RunningClock(MetricClock(*terms), moves) for moves, terms in clocks))
