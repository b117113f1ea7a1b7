"""SLA clocks. Every change is a ledger entry; business time is what a calendar counts as open."""

from dataclasses import dataclass
from typing import Any, TypeVar

from router.domain import ledger
from router.domain.calendar import BusinessCalendar
from router.domain.config import RoutingConfig, SlaMetric, SlaPolicy
from router.domain.events import (
    Refusal,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaEntry,
    SlaEvent,
    SlaFulfilled,
    SlaPaused,
    SlaResumed,
    SlaWarned,
)
from router.domain.floor import Floor
from router.domain.model import (
    ClockStatus,
    MetricClock,
    MetricName,
    TimerArmed,
    TimerCancelled,
    TimerKind,
    WarnPoint,
    WorkItem,
)

Entry = TypeVar("Entry", bound=SlaEntry)


@dataclass(frozen=True, slots=True)
class BusinessTime:
    """A calendar, or around the clock."""

    calendar: BusinessCalendar | None

    def between(self, start: int, end: int) -> int:
        return end - start if self.calendar is None else self.calendar.between(start, end)

    def add(self, start: int, business_ms: int) -> int:
        """Time that is used up already is due at once."""
        if business_ms <= 0:
            return start
        return start + business_ms if self.calendar is None else self.calendar.add(start, business_ms)


def business_time(config: RoutingConfig, calendar: str | None) -> BusinessTime:
    """A calendar that is gone counts around the clock, until its clocks are targeted anew."""
    return BusinessTime(None if calendar is None else config.calendars.get(calendar))


def start_clock(floor: Floor, item: WorkItem, policy: SlaPolicy, metric: SlaMetric, at: int, cause: str) -> None:
    target_ms = metric.target_for(item.priority)
    time = business_time(floor.config, metric.calendar)
    warns = warn_points(metric, target_ms)
    entry = SlaApplied(
        case_id=item.case_id,
        at=at,
        metric=metric.metric,
        policy=policy.name,
        policy_revision=policy.revision,
        calendar=metric.calendar,
        calendar_revision=calendar_revision(floor.config, metric.calendar),
        target_ms=target_ms,
        started_at=at,
        due_at=time.add(at, target_ms),
        remaining_ms=target_ms,
        warns_left=warns,
        warn_at=warn_instant(time, at, target_ms, warns),
        version=1,
        cause=cause,
    )
    record(floor, item, entry)


def warn_points(metric: SlaMetric, target_ms: int) -> tuple[WarnPoint, ...]:
    points = [WarnPoint(warn.left_of(target_ms), warn.name) for warn in metric.warns]
    return tuple(sorted(points, key=lambda point: (-point.left_ms, point.name)))


def pause(floor: Floor, item: WorkItem, reason: str, at: int, cause: str) -> None:
    if reason in item.pauses:
        return
    item.pauses = (*item.pauses, reason)
    floor.work_changed(item)
    for clock in open_clocks(item):
        metric = metric_of(floor.config, clock)
        if clock.status is ClockStatus.RUNNING and metric is not None and reason in metric.pause_on:
            clock = breach_if_overdue(floor, item, clock, at, cause)
            left = remaining(floor.config, clock, at)
            entry = entry_of(SlaPaused, item, clock, at, cause, remaining_ms=left, due_at=None, warn_at=None)
            record(floor, item, entry)


def resume(floor: Floor, item: WorkItem, reason: str, at: int, cause: str) -> None:
    if reason not in item.pauses:
        return
    item.pauses = tuple(other for other in item.pauses if other != reason)
    floor.work_changed(item)
    for clock in open_clocks(item):
        metric = metric_of(floor.config, clock)
        still_paused = metric is not None and not metric.pause_on.isdisjoint(item.pauses)
        if clock.status is ClockStatus.PAUSED and not still_paused:
            record(floor, item, _resumed(floor.config, item, clock, at, cause))


def fulfil(floor: Floor, item: WorkItem, metric: MetricName, at: int, cause: str) -> None:
    clock = item.clocks.get(metric)
    if clock is None or ledger.is_over(clock):
        return
    clock = breach_if_overdue(floor, item, clock, at, cause)
    late = clock.breached_at is not None and (clock.due_at is None or at >= clock.due_at)
    changes = {"remaining_ms": remaining(floor.config, clock, at), "warn_at": None, "warns_left": (), "late": late}
    record(floor, item, entry_of(SlaFulfilled, item, clock, at, cause, **changes))


def cancel_open(floor: Floor, item: WorkItem, at: int, cause: str) -> None:
    for clock in open_clocks(item):
        cancel(floor, item, clock, at, cause)


def timer_due(floor: Floor, item: WorkItem, metric: MetricName, kind: TimerKind, version: int) -> Refusal | None:
    """Warns or breaches once. A stale timer does nothing; one that came early is armed again."""
    clock = item.clocks.get(metric)
    armed = ledger.timers(clock).get(kind)
    if clock is None or armed is None or armed[1] != version:
        return None
    if armed[0] > floor.now:
        floor.changes.timer(TimerArmed(item.case_id, metric, kind, armed[0], version))
    elif kind is TimerKind.BREACH:
        _breach(floor, item, clock, floor.now, "SlaTimerDue")
    else:
        _warn(floor, item, clock)
    return None


def breach_if_overdue(floor: Floor, item: WorkItem, clock: MetricClock, at: int, cause: str) -> MetricClock:
    """The fact may overtake the timer; then the fact tells of the breach, and the timer is stale."""
    running = clock.status is ClockStatus.RUNNING and clock.breached_at is None
    if running and clock.due_at is not None and at >= clock.due_at:
        return _breach(floor, item, clock, at, cause)
    return clock


def remaining(config: RoutingConfig, clock: MetricClock, at: int) -> int:
    """Business time left, negative when overdue."""
    if clock.remaining_ms is not None:
        return clock.remaining_ms
    return 0 if clock.due_at is None else business_time(config, clock.calendar).between(at, clock.due_at)


def metric_of(config: RoutingConfig, clock: MetricClock) -> SlaMetric | None:
    policy = config.policy(clock.policy)
    metrics = policy.metrics if policy is not None else ()
    return next((metric for metric in metrics if metric.metric is clock.metric), None)


def record(floor: Floor, item: WorkItem, entry: SlaEvent) -> MetricClock:
    """Files the entry, moves the clock by it and brings the timers in step."""
    before = item.clocks.get(entry.metric)
    clock = item.clocks[entry.metric] = ledger.apply(before, entry)
    floor.emit(entry)
    floor.work_changed(item)
    old, new = ledger.timers(before), ledger.timers(clock)
    for kind, (due_at, version) in new.items():
        if old.get(kind) != (due_at, version):
            floor.changes.timer(TimerArmed(item.case_id, entry.metric, kind, due_at, version))
    for kind in old:
        if kind not in new:
            floor.changes.timer(TimerCancelled(item.case_id, entry.metric, kind))
    return clock


def open_clocks(item: WorkItem) -> list[MetricClock]:
    return [clock for clock in item.clocks.values() if not ledger.is_over(clock)]


def cancel(
    floor: Floor, item: WorkItem, clock: MetricClock, at: int, cause: str, config: RoutingConfig | None = None
) -> None:
    left = remaining(config or floor.config, clock, at)
    record(floor, item, entry_of(SlaCancelled, item, clock, at, cause, remaining_ms=left, warn_at=None, warns_left=()))


def _breach(floor: Floor, item: WorkItem, clock: MetricClock, at: int, cause: str) -> MetricClock:
    left = remaining(floor.config, clock, at)
    changes = {"remaining_ms": left, "warn_at": None, "warns_left": ()}
    return record(floor, item, entry_of(SlaBreached, item, clock, at, cause, **changes))


def _warn(floor: Floor, item: WorkItem, clock: MetricClock) -> None:
    left = remaining(floor.config, clock, floor.now)
    point, *others = clock.warns_left
    warn_at = warn_instant(business_time(floor.config, clock.calendar), floor.now, left, tuple(others))
    changes = {"remaining_ms": left, "warns_left": tuple(others), "warn_at": warn_at, "warning": point.name}
    record(floor, item, entry_of(SlaWarned, item, clock, floor.now, "SlaTimerDue", **changes))


def warn_instant(time: BusinessTime, at: int, left_ms: int, warns: tuple[WarnPoint, ...]) -> int | None:
    return time.add(at, left_ms - warns[0].left_ms) if warns else None


def _resumed(config: RoutingConfig, item: WorkItem, clock: MetricClock, at: int, cause: str) -> SlaResumed:
    time, left = business_time(config, clock.calendar), clock.remaining_ms or 0
    warn_at = warn_instant(time, at, left, clock.warns_left)
    changes = {"remaining_ms": left, "due_at": time.add(at, left), "warn_at": warn_at, "version": clock.version + 1}
    return entry_of(SlaResumed, item, clock, at, cause, **changes)


def calendar_revision(config: RoutingConfig, calendar: str | None) -> int:
    return 0 if calendar is None else config.calendars[calendar].revision


def entry_of(kind: type[Entry], item: WorkItem, clock: MetricClock, at: int, cause: str, **changes: Any) -> Entry:
    """A ledger entry that says of the clock what it is, but for the changes."""
    unchanged = {
        "metric": clock.metric,
        "policy": clock.policy,
        "policy_revision": clock.policy_revision,
        "calendar": clock.calendar,
        "calendar_revision": clock.calendar_revision,
        "target_ms": clock.target_ms,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "warns_left": clock.warns_left,
        "warn_at": clock.warn_at,
        "version": clock.version,
    }
    return kind(case_id=item.case_id, at=at, cause=cause, **{**unchanged, **changes})
