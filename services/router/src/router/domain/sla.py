"""SLA clocks. Every change is a ledger entry; business time is what a calendar counts as open."""

from typing import Any, TypeVar

from router.domain import ledger
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
from router.domain.sla_config import TAG
from router.domain.sla_time import business_time, calendar_revision, warn_instant, warn_points

_NO_REASON = frozenset[str]()
Entry = TypeVar("Entry", bound=SlaEntry)


def start_clock(
    floor: Floor,
    item: WorkItem,
    policy: SlaPolicy,
    metric: SlaMetric,
    at: int,
    cause: str,
    ended: MetricClock | None = None,
) -> None:
    """Begins at `at`. A clock that `ended` goes on instead: what it used, warned and breached stays so."""
    target_ms = metric.target_for(item.priority)
    time = business_time(floor.config, metric.calendar)
    left = target_ms if ended is None else target_ms - ended.target_ms + (ended.remaining_ms or 0)
    warns = warns_left(metric, target_ms, ended)
    entry = SlaApplied(
        case_id=item.case_id,
        at=at,
        metric=metric.metric,
        policy=policy.name,
        policy_revision=policy.revision,
        calendar=metric.calendar,
        calendar_revision=calendar_revision(floor.config, metric.calendar),
        target_ms=target_ms,
        started_at=at if ended is None else ended.started_at,
        due_at=time.add(at, left),
        remaining_ms=left,
        warns_left=warns,
        warn_at=warn_instant(time, at, left, warns),
        version=1 if ended is None else ended.version + 1,
        cause=cause,
        resumed=ended is not None,
    )
    record(floor, item, item.clock(metric.metric), entry)
    settle(floor, item, at, cause)


def warns_left(metric: SlaMetric, target_ms: int, known: MetricClock | None) -> tuple[WarnPoint, ...]:
    """A warning that was given is not given again, whatever became of its offset."""
    points = warn_points(metric.warns, target_ms)
    if known is None:
        return points
    return () if known.breached_at is not None else tuple(point for point in points if point.name not in known.warned)


def pause(floor: Floor, item: WorkItem, reason: str, at: int, cause: str) -> None:
    if reason not in item.pauses:
        item.pauses = (*item.pauses, reason)
        floor.work_changed(item)
        settle(floor, item, at, cause)


def resume(floor: Floor, item: WorkItem, reason: str, at: int, cause: str) -> None:
    if reason in item.pauses:
        item.pauses = tuple(other for other in item.pauses if other != reason)
        floor.work_changed(item)
        settle(floor, item, at, cause)


def settle(floor: Floor, item: WorkItem, at: int, cause: str) -> None:
    """Clocks that a reason holds stand still; the others run. One instance each: nothing is cancelled and made anew."""
    reasons = reasons_to_pause(item)
    if not reasons <= item.past_pauses:
        item.past_pauses |= reasons
        floor.work_changed(item)
    for clock in open_clocks(item):
        metric = metric_of(floor.config, clock) if reasons else None
        held = metric is not None and not metric.pauses.isdisjoint(reasons)
        if held and clock.status is ClockStatus.RUNNING:
            clock = breach_if_overdue(floor, item, clock, at, cause)
            left = remaining(floor.config, clock, at)
            record(
                floor,
                item,
                clock,
                entry_of(SlaPaused, item, clock, at, cause, remaining_ms=left, due_at=None, warn_at=None),
            )
        elif not held and clock.status is ClockStatus.PAUSED:
            record(floor, item, clock, _resumed(floor.config, item, clock, at, cause))


def reasons_to_pause(item: WorkItem) -> frozenset[str]:
    case = item.attributes.get("case")
    tags = case.get("tags", ()) if isinstance(case, dict) else ()
    return frozenset((*item.pauses, *[f"{TAG}{tag}" for tag in tags])) if tags or item.pauses else _NO_REASON


def fulfil(floor: Floor, item: WorkItem, metric: MetricName, at: int, cause: str) -> None:
    clock = item.clock(metric)
    if clock is None or ledger.is_over(clock):
        return
    clock = breach_if_overdue(floor, item, clock, at, cause)
    late = clock.breached_at is not None and (clock.due_at is None or at >= clock.due_at)
    changes = {"remaining_ms": remaining(floor.config, clock, at), "warn_at": None, "warns_left": (), "late": late}
    record(floor, item, clock, entry_of(SlaFulfilled, item, clock, at, cause, **changes))


def cancel_open(floor: Floor, item: WorkItem, at: int, cause: str) -> None:
    for clock in open_clocks(item):
        cancel(floor, item, clock, at, cause)


def cancel(
    floor: Floor, item: WorkItem, clock: MetricClock, at: int, cause: str, config: RoutingConfig | None = None
) -> None:
    left = remaining(config or floor.config, clock, at)
    changes = {"remaining_ms": left, "warn_at": None, "warns_left": ()}
    record(floor, item, clock, entry_of(SlaCancelled, item, clock, at, cause, **changes))


def timer_due(floor: Floor, item: WorkItem, metric: MetricName, kind: TimerKind, version: int) -> Refusal | None:
    """Warns or breaches once. A stale timer does nothing; one that came early is armed again."""
    clock = item.clock(metric)
    due_at = None if clock is None else ledger.due_at(clock, kind)
    if clock is None or due_at is None or clock.version != version:
        return None
    if due_at > floor.now:
        floor.changes.timer(TimerArmed(item.case_id, metric, kind, due_at, version))
    elif kind is TimerKind.BREACH:
        _breach(floor, item, clock, floor.now, "SlaTimerDue")
        floor.changes.used_up(item.case_id, metric, kind)
    else:
        _warn(floor, item, clock, floor.now, "SlaTimerDue")
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
    return policy.metric(clock.metric) if policy is not None else None


def record(floor: Floor, item: WorkItem, before: MetricClock | None, entry: SlaEvent) -> MetricClock:
    """Files the entry, moves the item's clock by it and brings the timers in step. `before` is that clock as it was."""
    clock = ledger.apply(before, entry)
    item.hold(clock)
    floor.emit(entry)
    floor.clocks_moved(item)
    old, new = ledger.timers(before), ledger.timers(clock)
    if isinstance(entry, SlaWarned):
        old.pop(TimerKind.WARN, None)  # its row is used up, even if the next warning is due at the same instant
    for kind, (due_at, version) in new.items():
        if old.get(kind) != (due_at, version):
            floor.changes.timer(TimerArmed(item.case_id, entry.metric, kind, due_at, version))
    for kind in old:
        if kind not in new:
            floor.changes.timer(TimerCancelled(item.case_id, entry.metric, kind))
    return clock


def open_clocks(item: WorkItem) -> list[MetricClock]:
    return [clock for clock in item.clocks.values() if not ledger.is_over(clock)]


def _breach(floor: Floor, item: WorkItem, clock: MetricClock, at: int, cause: str) -> MetricClock:
    """After an outage, warnings that nobody fired come before it."""
    while clock.warn_at is not None and clock.warn_at <= at:
        clock = _warn(floor, item, clock, at, cause)
        floor.changes.timer(TimerCancelled(item.case_id, clock.metric, TimerKind.WARN))
    left = remaining(floor.config, clock, at)
    changes = {"remaining_ms": left, "warn_at": None, "warns_left": ()}
    floor.sla_reached.append((item, clock, None))
    return record(floor, item, clock, entry_of(SlaBreached, item, clock, at, cause, **changes))


def _warn(floor: Floor, item: WorkItem, clock: MetricClock, at: int, cause: str) -> MetricClock:
    left = remaining(floor.config, clock, at)
    point, *others = clock.warns_left
    warn_at = warn_instant(business_time(floor.config, clock.calendar), at, left, tuple(others))
    changes = {"remaining_ms": left, "warns_left": tuple(others), "warn_at": warn_at, "warning": point.name}
    floor.sla_reached.append((item, clock, point.name))
    return record(floor, item, clock, entry_of(SlaWarned, item, clock, at, cause, **changes))


def _resumed(config: RoutingConfig, item: WorkItem, clock: MetricClock, at: int, cause: str) -> SlaResumed:
    time, left = business_time(config, clock.calendar), clock.remaining_ms or 0
    warn_at = warn_instant(time, at, left, clock.warns_left)
    changes = {"remaining_ms": left, "due_at": time.add(at, left), "warn_at": warn_at, "version": clock.version + 1}
    return entry_of(SlaResumed, item, clock, at, cause, **changes)


def entry_of(kind: type[Entry], item: WorkItem, clock: MetricClock, at: int, cause: str, **changes: Any) -> Entry:
    """A ledger entry that says of the clock what it is, but for the changes."""
    fields: dict[str, Any] = {
        "case_id": item.case_id,
        "at": at,
        "cause": cause,
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
    fields.update(changes)
    return kind(**fields)
