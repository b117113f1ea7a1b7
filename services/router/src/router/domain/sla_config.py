"""SLA policies: what is promised, when its clocks stop, and what is done as time runs out."""

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain.model import MetricName

Condition = Callable[[Mapping[str, object]], bool]

MINUTE_MS = 60_000
PRIORITIES = range(1, 10)
WAITING_ON_CUSTOMER, ON_HOLD, TAG = "waiting_on_customer", "on_hold", "tag:"

PAUSES_BY_NATURE: Mapping[MetricName, frozenset[str]] = {
    MetricName.REQUESTER_WAIT: frozenset({WAITING_ON_CUSTOMER}),
    MetricName.AGENT_WORK: frozenset({WAITING_ON_CUSTOMER, ON_HOLD}),
}


class SlaActionKind(StrEnum):
    RAISE_PRIORITY = "raise_priority"
    MOVE_QUEUE = "move_queue"
    NOTIFY_SUPERVISOR = "notify_supervisor"
    TAG = "tag"
    WEBHOOK = "webhook"


class OnReopen(StrEnum):
    """Resume: the clocks go on with the time that was left. Restart: they begin anew."""

    RESUME = "resume"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class SlaAction:
    """`value`: the priority (empty: one higher), the queue, whom to notify, the tag or the webhook's name."""

    kind: SlaActionKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Warn:
    """Exactly one of the two: percent of the target used, or business time left."""

    percent: int | None = None
    left_ms: int | None = None
    actions: tuple[SlaAction, ...] = ()

    @property
    def name(self) -> str:
        """As `80%`, `PT300S` or `PT0.7S`: no two offsets have the same."""
        if self.percent is not None:
            return f"{self.percent}%"
        seconds, rest = divmod(self.left_ms or 0, 1_000)
        return f"PT{seconds}S" if rest == 0 else f"PT{seconds}.{rest:03d}".rstrip("0") + "S"

    def left_of(self, target_ms: int) -> int:
        if self.percent is not None:
            return target_ms * (100 - self.percent) // 100
        return self.left_ms or 0


@dataclass(frozen=True, slots=True)
class SlaMetric:
    """Calendar None is around the clock. `pause_on`: waiting_on_customer, on_hold, another word of a pause, or `tag:` and a tag."""

    metric: MetricName
    target_ms: int
    target_ms_by_priority: Mapping[int, int] = field(default_factory=dict)
    warns: tuple[Warn, ...] = ()
    calendar: str | None = None
    pause_on: frozenset[str] = frozenset()
    on_breach: tuple[SlaAction, ...] = ()

    @property
    def pauses(self) -> frozenset[str]:
        return self.pause_on | PAUSES_BY_NATURE.get(self.metric, frozenset())

    def target_for(self, priority: int) -> int:
        return self.target_ms_by_priority.get(priority, self.target_ms)

    def actions_at(self, warning: str | None) -> tuple[SlaAction, ...]:
        """Of the warning of this name; None is the breach."""
        if warning is None:
            return self.on_breach
        return next((warn.actions for warn in self.warns if warn.name == warning), ())


@dataclass(frozen=True, slots=True)
class ClosingThanks:
    """A message so soon after the case was resolved, and so short or of such words, asks for nothing."""

    within_ms: int = 15 * MINUTE_MS
    max_characters: int = 40
    matches: Callable[[str], bool] | None = None

    def includes(self, text: str, after_ms: int) -> bool:
        if after_ms > self.within_ms:
            return False
        return len(text.strip()) <= self.max_characters or (self.matches is not None and self.matches(text))


@dataclass(frozen=True, slots=True)
class SlaPolicy:
    """Policies are tried in order when no rule named one; a policy without a condition is always true."""

    name: str
    revision: int
    metrics: tuple[SlaMetric, ...]
    condition: Condition | None = None
    bot_reply_counts: bool = False
    on_reopen: OnReopen = OnReopen.RESUME
    closing_thanks: ClosingThanks = ClosingThanks()

    def metric(self, name: MetricName) -> SlaMetric | None:
        for metric in self.metrics:
            if metric.metric is name:
                return metric
        return None


def policy_problems(
    policies: tuple[SlaPolicy, ...], queues: Container[str], calendars: Container[str]
) -> Iterator[str]:
    """Each contradiction as one sentence with its place."""
    for policy in policies:
        if len({metric.metric for metric in policy.metrics}) != len(policy.metrics):
            yield f"sla_policies.{policy.name}: a metric has two targets."
        if policy.closing_thanks.within_ms < 0 or policy.closing_thanks.max_characters < 0:
            yield f"sla_policies.{policy.name}: the grace after a resolve cannot be negative."
        for metric in policy.metrics:
            yield from _metric_problems(metric, f"sla_policies.{policy.name}.{metric.metric}", queues, calendars)


def _metric_problems(metric: SlaMetric, place: str, queues: Container[str], calendars: Container[str]) -> Iterator[str]:
    if metric.calendar is not None and metric.calendar not in calendars:
        yield f"{place}.calendar: there is no calendar named {metric.calendar!r}."
    if min([metric.target_ms, *metric.target_ms_by_priority.values()]) <= 0:
        yield f"{place}.target: must be longer than zero."
    for priority in metric.target_ms_by_priority:
        if priority not in PRIORITIES:
            yield f"{place}.target: a priority is 1 (high) to 9."
    for warn in metric.warns:
        if (warn.percent is None) == (warn.left_ms is None):
            yield f"{place}.warns: each needs either a percentage or the time left."
        yield from _action_problems(warn.actions, f"{place}.warns.{warn.name}", queues)
    if len({warn.name for warn in metric.warns}) != len(metric.warns):
        yield f"{place}.warns: an offset stands twice."
    yield from _action_problems(metric.on_breach, f"{place}.on_breach", queues)


def _action_problems(actions: tuple[SlaAction, ...], place: str, queues: Container[str]) -> Iterator[str]:
    for action in actions:
        if action.kind is SlaActionKind.MOVE_QUEUE and action.value not in queues:
            yield f"{place}.move_queue: there is no queue named {action.value!r}."
        if action.kind is SlaActionKind.RAISE_PRIORITY and action.value not in ("", *map(str, PRIORITIES)):
            yield f"{place}.raise_priority: must be 1 (high) to 9."
        if action.kind in (SlaActionKind.TAG, SlaActionKind.WEBHOOK) and not action.value:
            yield f"{place}.{action.kind}: needs a name."
