"""A changed policy or calendar moves the deadlines of open work."""

from router.domain import sla
from router.domain.config import RoutingConfig, SlaMetric, SlaPolicy
from router.domain.events import SlaRetargeted
from router.domain.floor import Floor
from router.domain.model import ClockStatus, MetricClock, WarnPoint, WorkItem


def retarget(floor: Floor, item: WorkItem, before: RoutingConfig) -> None:
    """A changed policy or calendar sets a new target; the time already used counts."""
    for clock in sla.open_clocks(item):
        metric = sla.metric_of(floor.config, clock)
        policy = floor.config.policy(clock.policy)
        if metric is None or policy is None:
            sla.cancel(floor, item, clock, floor.now, "ConfigChanged", before)
        elif _is_outdated(floor.config, clock, policy, metric):
            left = sla.remaining(before, clock, floor.now)
            _retarget(floor, item, clock, policy, metric, clock.target_ms - left)


def _is_outdated(config: RoutingConfig, clock: MetricClock, policy: SlaPolicy, metric: SlaMetric) -> bool:
    known = (clock.policy_revision, clock.calendar, clock.calendar_revision)
    return known != (policy.revision, metric.calendar, sla.calendar_revision(config, metric.calendar))


def _retarget(
    floor: Floor, item: WorkItem, clock: MetricClock, policy: SlaPolicy, metric: SlaMetric, used_ms: int
) -> None:
    target_ms, time = metric.target_for(item.priority), sla.business_time(floor.config, metric.calendar)
    left, running = target_ms - used_ms, clock.status is ClockStatus.RUNNING
    warns = () if clock.breached_at is not None else _still_to_come(metric, target_ms, clock)
    entry = sla.entry_of(
        SlaRetargeted,
        item,
        clock,
        floor.now,
        "ConfigChanged",
        policy_revision=policy.revision,
        calendar=metric.calendar,
        calendar_revision=sla.calendar_revision(floor.config, metric.calendar),
        target_ms=target_ms,
        remaining_ms=left,
        due_at=time.add(floor.now, left) if running else None,
        warns_left=warns,
        warn_at=sla.warn_instant(time, floor.now, left, warns) if running else None,
        version=clock.version + 1,
    )
    sla.record(floor, item, entry)


def _still_to_come(metric: SlaMetric, target_ms: int, clock: MetricClock) -> tuple[WarnPoint, ...]:
    """A warning that was given is not given again, whatever became of its offset."""
    points = sla.warn_points(metric, target_ms)
    return tuple(point for point in points if point.name not in clock.warned)
