from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from router.domain.calendar import BusinessCalendar
from router.domain.model import AssignmentMethod, ChannelClass, MetricName, Presence, QueueMode, SkillNeed

Condition = Callable[[Mapping[str, object]], bool]

MAX_SPLIT_QUEUES = 10
MAX_SKILL_LEVEL = 10
PRIORITIES = range(1, 10)


class RoutingConfigError(ValueError):
    """The configuration contradicts itself; the message names each place."""


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """`ageing_points_per_minute` raises the priority of waiting work; one point is one priority."""

    name: str
    priority: int = 5
    mode: QueueMode = QueueMode.OFFER
    offer_timeout_ms: int = 30_000
    max_declines_per_agent: int = 3
    max_declines: int = 100
    wrap_up_ms: int = 0
    method: AssignmentMethod = AssignmentMethod.LONGEST_IDLE
    ageing_points_per_minute: float = 0.0
    presence_on_missed_offer: Presence | None = None


@dataclass(frozen=True, slots=True)
class QueueShare:
    queue: str
    percent: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule sets a queue or a percentage split; whatever it leaves None keeps its default."""

    name: str
    condition: Condition
    queue: str | None = None
    split: tuple[QueueShare, ...] = ()
    skills: tuple[SkillNeed, ...] = ()
    priority: int | None = None
    sla_policy: str | None = None
    preferred_agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warn:
    """Exactly one of the two: percent of the target used, or business time left."""

    percent: int | None = None
    left_ms: int | None = None

    @property
    def name(self) -> str:
        """As `80%` or `PT300S`."""
        return f"{self.percent}%" if self.percent is not None else f"PT{(self.left_ms or 0) // 1000}S"

    def left_of(self, target_ms: int) -> int:
        if self.percent is not None:
            return target_ms * (100 - self.percent) // 100
        return self.left_ms or 0


@dataclass(frozen=True, slots=True)
class SlaMetric:
    """Calendar None is around the clock. `pause_on`: waiting_on_customer, on_hold or a tag."""

    metric: MetricName
    target_ms: int
    target_ms_by_priority: Mapping[int, int] = field(default_factory=dict)
    warns: tuple[Warn, ...] = ()
    calendar: str | None = None
    pause_on: frozenset[str] = frozenset()

    def target_for(self, priority: int) -> int:
        return self.target_ms_by_priority.get(priority, self.target_ms)


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """Policies are tried in order when no rule named one; a policy without a condition is always true."""

    name: str
    revision: int
    metrics: tuple[SlaMetric, ...]
    condition: Condition | None = None
    automatic_reply_counts: bool = False


@dataclass(frozen=True, slots=True)
class RoutingConfig:
    """`presences` maps custom names to the four; `channel_units` is what one item of a class takes (default 1)."""

    revision: int
    queues: Mapping[str, QueueConfig]
    default_queue: str
    rules: tuple[Rule, ...] = ()
    sla_policies: tuple[SlaPolicy, ...] = ()
    calendars: Mapping[str, BusinessCalendar] = field(default_factory=dict)
    presences: Mapping[str, Presence] = field(default_factory=dict)
    channel_units: Mapping[ChannelClass, int] = field(default_factory=dict)
    default_priority: int = 5
    reopened_keeps_age: bool = True

    def policy(self, name: str) -> SlaPolicy | None:
        return next((policy for policy in self.sla_policies if policy.name == name), None)

    def units(self, channel_class: ChannelClass) -> int:
        return self.channel_units.get(channel_class, 1)


def require_valid(config: RoutingConfig) -> None:
    found = problems(config)
    if found:
        raise RoutingConfigError(" ".join(found))


def problems(config: RoutingConfig) -> list[str]:
    """Each contradiction as one sentence with its place."""
    return [*_queue_problems(config), *_rule_problems(config), *_policy_problems(config)]


def _queue_problems(config: RoutingConfig) -> Iterator[str]:
    if config.default_queue not in config.queues:
        yield f"default_queue: there is no queue named {config.default_queue!r}."
    for name, queue in config.queues.items():
        if name != queue.name:
            yield f"queues.{name}: the queue inside is named {queue.name!r}."
        if queue.offer_timeout_ms <= 0:
            yield f"queues.{name}.offer_timeout: must be longer than zero."
        if queue.max_declines_per_agent < 1 or queue.max_declines < 1:
            yield f"queues.{name}: limits of declines must be at least 1."
        if queue.wrap_up_ms < 0 or queue.ageing_points_per_minute < 0:
            yield f"queues.{name}: wrap-up and ageing cannot be negative."
    for channel_class, units in config.channel_units.items():
        if units < 1:
            yield f"channel_units.{channel_class}: an item takes at least 1 unit."


def _rule_problems(config: RoutingConfig) -> Iterator[str]:
    seen: set[str] = set()
    for rule in config.rules:
        place = f"rules.{rule.name}"
        if rule.name in seen:
            yield f"{place}: two rules have this name."
        seen.add(rule.name)
        yield from _target_problems(config, rule, place)
        if rule.sla_policy is not None and config.policy(rule.sla_policy) is None:
            yield f"{place}.sla_policy: there is no SLA policy named {rule.sla_policy!r}."
        if rule.priority is not None and rule.priority not in PRIORITIES:
            yield f"{place}.priority: must be 1 (high) to 9."
        for need in rule.skills:
            if not 1 <= need.level <= MAX_SKILL_LEVEL:
                yield f"{place}.skills.{need.name}: a level is 1 to {MAX_SKILL_LEVEL}."


def _target_problems(config: RoutingConfig, rule: Rule, place: str) -> Iterator[str]:
    if rule.queue is not None and rule.split:
        yield f"{place}: has a queue and a split; it needs one of them."
    targets = [share.queue for share in rule.split] or ([] if rule.queue is None else [rule.queue])
    for target in targets:
        if target not in config.queues:
            yield f"{place}: there is no queue named {target!r}."
    if not rule.split:
        return
    if len(rule.split) > MAX_SPLIT_QUEUES or len(set(targets)) != len(targets):
        yield f"{place}.split: names up to {MAX_SPLIT_QUEUES} queues, each once."
    if sum(share.percent for share in rule.split) != 100 or any(share.percent < 0 for share in rule.split):
        yield f"{place}.split: percentages must add up to 100."


def _policy_problems(config: RoutingConfig) -> Iterator[str]:
    for policy in config.sla_policies:
        for metric in policy.metrics:
            place = f"sla_policies.{policy.name}.{metric.metric}"
            if metric.calendar is not None and metric.calendar not in config.calendars:
                yield f"{place}.calendar: there is no calendar named {metric.calendar!r}."
            if min(metric.target_ms, *metric.target_ms_by_priority.values(), metric.target_ms) <= 0:
                yield f"{place}.target: must be longer than zero."
            for warn in metric.warns:
                if (warn.percent is None) == (warn.left_ms is None):
                    yield f"{place}.warns: each needs either a percentage or the time left."
