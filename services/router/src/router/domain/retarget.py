"""A changed policy, calendar or priority moves the deadlines of open work."""

from router.domain import rules, sla, sla_life
from router.domain.config import RoutingConfig, SlaMetric, SlaPolicy
from router.domain.events import SlaRetargeted
from router.domain.floor import Floor
from router.domain.model import ClockStatus, MetricClock, WorkItem, WorkState
from router.domain.sla_time import business_time, calendar_revision, warn_instant


def select_anew(floor: Floor, item: WorkItem, before: RoutingConfig, at: int, cause: str) -> None:
    """The first policy that is true now, unless the rule that routed the work named one."""
    rule = next((rule for rule in floor.config.rules if rule.name == item.rule), None)
    policy, _ = rules.policy_of(floor, rule, rules.rule_context(floor, item.attributes))
    name = policy.name if policy is not None else None
    is_other = name != item.sla_policy
    if is_other:
        item.sla_policy = name
        floor.work_changed(item)
    retarget(floor, item, before, at, cause, is_other)


def retarget(
    floor: Floor, item: WorkItem, before: RoutingConfig, at: int, cause: str, is_other_policy: bool = False
) -> None:
    """Every open clock follows the item's policy as it is now; the time already used counts."""
    if item.state is WorkState.WRAPPING or item.closing_thanks:
        return
    policy = floor.config.policy(item.sla_policy) if item.sla_policy is not None else None
    is_new = is_other_policy or _has_new_revision(item, policy)
    for clock in sla.open_clocks(item):
        metric = policy.metric(clock.metric) if policy is not None else None
        if metric is None or policy is None:
            sla.cancel(floor, item, clock, at, cause, before)
        elif _is_outdated(floor.config, item, clock, policy, metric):
            used_ms = clock.target_ms - sla.remaining(before, clock, at)
            move(floor, item, clock, policy, metric, at, cause, used_ms)
    if policy is not None and is_new:
        sla_life.start_missing(floor, item, policy, at, cause)
    sla.settle(floor, item, at, cause)


def move(
    floor: Floor,
    item: WorkItem,
    clock: MetricClock,
    policy: SlaPolicy,
    metric: SlaMetric,
    at: int,
    cause: str,
    used_ms: int,
    started_at: int | None = None,
) -> None:
    """One instance goes on: the entry holds what was and what is."""
    target_ms, time = metric.target_for(item.priority), business_time(floor.config, metric.calendar)
    left, running = target_ms - used_ms, clock.status is ClockStatus.RUNNING
    warns = sla.warns_left(metric, target_ms, clock)
    entry = sla.entry_of(
        SlaRetargeted,
        item,
        clock,
        at,
        cause,
        policy=policy.name,
        policy_revision=policy.revision,
        calendar=metric.calendar,
        calendar_revision=calendar_revision(floor.config, metric.calendar),
        target_ms=target_ms,
        started_at=clock.started_at if started_at is None else started_at,
        remaining_ms=left,
        due_at=time.add(at, left) if running else None,
        warns_left=warns,
        warn_at=warn_instant(time, at, left, warns) if running else None,
        version=clock.version + 1,
        used_ms=used_ms,
        previous_policy=clock.policy,
        previous_policy_revision=clock.policy_revision,
        previous_calendar=clock.calendar,
        previous_calendar_revision=clock.calendar_revision,
        previous_target_ms=clock.target_ms,
        previous_due_at=clock.due_at,
    )
    sla.record(floor, item, clock, entry)


def _has_new_revision(item: WorkItem, policy: SlaPolicy | None) -> bool:
    """Of open clocks: they are brought up to date, so that this holds once."""
    return policy is not None and any(clock.policy_revision != policy.revision for clock in sla.open_clocks(item))


def _is_outdated(
    config: RoutingConfig, item: WorkItem, clock: MetricClock, policy: SlaPolicy, metric: SlaMetric
) -> bool:
    known = (clock.policy, clock.policy_revision, clock.calendar, clock.calendar_revision, clock.target_ms)
    revision = calendar_revision(config, metric.calendar)
    return known != (policy.name, policy.revision, metric.calendar, revision, metric.target_for(item.priority))
