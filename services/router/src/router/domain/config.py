from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain.calendar import BusinessCalendar
from router.domain.config_problems import queue_problems, rule_problems
from router.domain.model import AssignmentMethod, ChannelClass, Presence, QueueMode
from router.domain.policies import (
    AbsencePolicy,
    CapacityPolicy,
    OverflowAfter,
    OverflowBefore,
    Preference,
    PreferredAgent,
    RelaxationStep,
    WrapUp,
)
from router.domain.requirements import MAX_SKILL_LEVEL as MAX_SKILL_LEVEL
from router.domain.requirements import Requirement
from router.domain.sla_config import Condition as Condition
from router.domain.sla_config import SlaMetric as SlaMetric
from router.domain.sla_config import SlaPolicy as SlaPolicy
from router.domain.sla_config import Warn as Warn
from router.domain.sla_config import policy_problems


class RoutingConfigError(ValueError):
    """The configuration contradicts itself; the message names each place."""


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """`ageing_points_per_minute` raises the priority of waiting work; one point is one priority.

    A segment is the customer's tier. Outside its calendar a queue gives out nothing. `park_after_ms` is how long a messaging
    customer is silent before the conversation releases its agent's capacity; `transfer_wait_ms` how long transferred work
    waits for one agent.
    """

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
    ageing_by_segment: Mapping[str, float] = field(default_factory=dict)
    calendar: str | None = None
    wrap_up: WrapUp = WrapUp.FIXED
    overflow_before: tuple[OverflowBefore, ...] = ()
    overflow_after: tuple[OverflowAfter, ...] = ()
    park_after_ms: int | None = None
    transfer_wait_ms: int = 60_000
    answer_within_ms: int = 20_000


@dataclass(frozen=True, slots=True)
class QueueShare:
    queue: str
    percent: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule sets a queue or a percentage split; whatever it leaves None keeps its default.

    It states `skills`, or `relaxation` steps. `preferred_agents` are only asked first; `preferred` ones are waited for, the
    customer's last agent before them. When their time is over, work goes to `fallback`, or stays in its queue.
    """

    name: str
    condition: Condition
    queue: str | None = None
    split: tuple[QueueShare, ...] = ()
    skills: tuple[Requirement, ...] = ()
    priority: int | None = None
    sla_policy: str | None = None
    preferred_agents: tuple[str, ...] = ()
    relaxation: tuple[RelaxationStep, ...] = ()
    last_agent: Preference | None = None
    preferred: tuple[PreferredAgent, ...] = ()
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class RoutingConfig:
    """`presences` maps custom names to the four; `channel_units` is what one item of a class takes (default 1).

    `skills` are those that the tenant declares; agents may hold others.
    """

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
    fallback_queue: str | None = None
    capacity: CapacityPolicy = field(default_factory=CapacityPolicy)
    absence: AbsencePolicy = field(default_factory=AbsencePolicy)
    skills: frozenset[str] = frozenset()

    def policy(self, name: str) -> SlaPolicy | None:
        """A plain loop: a generator takes four times as long, and every clock asks."""
        for policy in self.sla_policies:
            if policy.name == name:
                return policy
        return None

    def units(self, channel_class: ChannelClass) -> int:
        return self.channel_units.get(channel_class, 1)

    def also(self, channel_class: ChannelClass) -> tuple[tuple[ChannelClass, int], ...]:
        """What an item takes of other classes' capacity."""
        also = self.capacity.also.get(channel_class)
        return tuple(sorted(also.items())) if also else ()


def require_valid(config: RoutingConfig) -> None:
    found = problems(config)
    if found:
        raise RoutingConfigError(" ".join(found))


def problems(config: RoutingConfig) -> list[str]:
    """Each contradiction as one sentence with its place."""
    return [
        *queue_problems(config),
        *rule_problems(config),
        *policy_problems(config.sla_policies, config.queues, config.calendars),
    ]
