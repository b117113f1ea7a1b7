"""The clocks of SLA metrics, held or shared."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from router.domain.values import value


class MetricName(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    PERIODIC_UPDATE = "periodic_update"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WORK = "agent_work"
    RESOLUTION = "resolution"


class ClockStatus(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


class TimerKind(StrEnum):
    WARN = "warn"
    BREACH = "breach"


class WarnPoint(NamedTuple):
    """Warn when so much business time is left; the name is the configured offset, as `80%` or `PT5M`. A tuple: it is hashed often."""

    left_ms: int
    name: str


@value
class MetricClock:
    """One SLA metric of one case. `remaining_ms` is business time and set only while paused.

    `warns_left` holds the warnings still to come, the earliest first; `warn_at` is the instant of the first.
    """

    metric: MetricName
    policy: str
    policy_revision: int
    calendar: str | None
    calendar_revision: int
    target_ms: int
    started_at: int
    status: ClockStatus
    due_at: int | None
    remaining_ms: int | None
    warns_left: tuple[WarnPoint, ...]
    warn_at: int | None
    version: int
    warned: tuple[str, ...] = ()
    breached_at: int | None = None
    ended_at: int | None = None
    late: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class RunningClock:
    """A clock that does nothing but run, for work of any instant: it starts at 0.

    When it `moves`, what is due is counted from the start too; else it is an instant, as for all that came while a calendar was closed.
    """

    clock: MetricClock
    moves: bool

    def since(self, start: int) -> MetricClock:
        clock, by = self.clock, start if self.moves else 0
        return MetricClock(
            metric=clock.metric,
            policy=clock.policy,
            policy_revision=clock.policy_revision,
            calendar=clock.calendar,
            calendar_revision=clock.calendar_revision,
            target_ms=clock.target_ms,
            started_at=start,
            status=clock.status,
            due_at=None if clock.due_at is None else clock.due_at + by,
            remaining_ms=None,
            warns_left=clock.warns_left,
            warn_at=None if clock.warn_at is None else clock.warn_at + by,
            version=clock.version,
            warned=clock.warned,
        )


@dataclass(frozen=True, slots=True, eq=False)
class RunningClocks:
    """Of work in which all only run, since the request. Work that runs alike shares one, so its clocks take no memory of its own:
    1,200 bytes less for work with four. Made by `running_clocks`.
    """

    clocks: tuple[RunningClock, ...]

    def since(self, start: int) -> dict[MetricName, MetricClock]:
        return {each.clock.metric: each.since(start) for each in self.clocks}

    def one(self, metric: MetricName, start: int) -> MetricClock | None:
        for each in self.clocks:
            if each.clock.metric is metric:
                return each.since(start)
        return None

    def with_other(self, other: MetricClock, start: int) -> dict[MetricName, MetricClock]:
        """One of them runs no longer, or another is there too."""
        clocks: dict[MetricName, MetricClock] = {}
        for each in self.clocks:
            metric = each.clock.metric
            clocks[metric] = other if metric is other.metric else each.since(start)
        clocks[other.metric] = other
        return clocks
