from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from router.domain.clocks import ClockStatus as ClockStatus
from router.domain.clocks import MetricClock as MetricClock
from router.domain.clocks import MetricName as MetricName
from router.domain.clocks import RunningClock as RunningClock
from router.domain.clocks import RunningClocks as RunningClocks
from router.domain.clocks import TimerKind as TimerKind
from router.domain.clocks import WarnPoint as WarnPoint
from router.domain.requirements import Requirement
from router.domain.requirements import SkillNeed as SkillNeed
from router.domain.requirements import Step as Step
from router.domain.values import value


class ChannelClass(StrEnum):
    VOICE = "voice"
    LIVE = "live"
    MESSAGING = "messaging"
    ASYNC = "async"
    TASK = "task"


class Presence(StrEnum):
    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"

    @property
    def absent(self) -> bool:
        return self in (Presence.AWAY, Presence.OFFLINE)


class QueueMode(StrEnum):
    AUTO_ASSIGN = "auto_assign"
    OFFER = "offer"
    PICK = "pick"


class AssignmentMethod(StrEnum):
    LONGEST_IDLE = "longest_idle"
    MOST_CAPACITY = "most_capacity"
    ROUND_ROBIN = "round_robin"
    LEAST_ACTIVE = "least_active"
    BEST_SKILL = "best_skill"


class WorkState(StrEnum):
    QUEUED = "queued"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    WRAPPING = "wrapping"
    DONE = "done"


class OfferOutcome(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"


@dataclass(slots=True)
class Offer:
    offer_id: str
    agent_id: str
    offered_at: int
    expires_at: int
    outcome: OfferOutcome = OfferOutcome.OPEN
    ended_at: int | None = None
    reason: str | None = None


@dataclass(slots=True)
class Assignment:
    assignment_id: str
    agent_id: str
    started_at: int
    wrap_until: int | None = None


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """outcome: matched, not_matched or error."""

    rule: str
    outcome: str
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RoutingExplanation:
    """Why a work item is in its queue: the rules in the order tried, and a sentence."""

    rules: tuple[RuleOutcome, ...]
    sentence: str


@value
class PastWork:
    """What a reopened case takes over: its clocks as they ended."""

    closed_at: int
    answered_at: int | None
    clocks: Mapping[MetricName, MetricClock]


NONE: Mapping[Any, Any] = MappingProxyType({})


def none() -> Mapping[Any, Any]:
    return NONE


@dataclass(slots=True)
class WorkItem:
    """The router's view of a case. `aged_from` orders it among waiting work; `queued_at` is when this wait began.

    Collections are replaced, never changed: work that waits shares the empty ones.

    `unanswered_since` is the oldest customer message after an answer; `past_pauses` are the reasons that ever held the case.
    `stored_facts` are what a store last wrote of `facts`; they are replaced, never changed, so identity tells.
    `sequence` is the last command about the case; `missed` are numbers before it that never came.
    `closing_thanks`: reopened by a customer's last word of thanks, so its clocks wait for a message that asks for something.
    """

    case_id: str
    state: WorkState
    queue: str
    channel: str
    channel_class: ChannelClass
    units: int
    priority: int
    skills: tuple[Requirement, ...]
    requested_at: int
    aged_from: int
    queued_at: int
    attributes: Mapping[str, object]
    explanation: RoutingExplanation
    language: str | None = None
    rule: str | None = None
    preferred_agents: tuple[str, ...] = ()
    last_agent: str | None = None
    offers_made: int = 0
    offers: tuple[Offer, ...] = ()
    declines: Mapping[str, int] = field(default_factory=none)
    excluded_agents: tuple[str, ...] = ()
    auto_offer_stopped: bool = False
    assignments_made: int = 0
    assignment: Assignment | None = None
    answered_at: int | None = None
    unanswered_since: int | None = None
    pauses: tuple[str, ...] = ()
    past_pauses: frozenset[str] = frozenset()
    closing_thanks: bool = False
    sla_policy: str | None = None
    kept_clocks: RunningClocks | Mapping[MetricName, MetricClock] = field(default_factory=none)
    closed_at: int | None = None
    close_reason: str | None = None
    also: tuple[tuple[ChannelClass, int], ...] = ()
    steps: tuple[Step, ...] = ()
    step: int = 0
    relaxing_since: int = 0
    step_fallback: str | None = None
    visited: tuple[str, ...] = ()
    overflow_step: int = 0
    promised_at: int | None = None
    wrote_at: int = 0
    parked_at: int | None = None
    consults: tuple[tuple[str, str], ...] = ()
    note: str = ""
    sequence: int = 0
    missed: tuple[int, ...] = ()
    signature: Any = field(default=None, compare=False, repr=False)
    place_in_line: Any = field(default=None, compare=False, repr=False)
    stored_facts: Any = field(default=None, compare=False, repr=False)

    @property
    def clocks(self) -> Mapping[MetricName, MetricClock]:
        """By metric, in the order of the policy. Made anew each time while they only run."""
        kept = self.kept_clocks
        return kept.since(self.requested_at) if isinstance(kept, RunningClocks) else kept

    def clock(self, metric: MetricName) -> MetricClock | None:
        kept = self.kept_clocks
        return kept.one(metric, self.requested_at) if isinstance(kept, RunningClocks) else kept.get(metric)

    def hold(self, clock: MetricClock) -> None:
        """Instead of the one of its metric."""
        kept = self.kept_clocks
        if isinstance(kept, RunningClocks):
            self.kept_clocks = kept.with_other(clock, self.requested_at)
        else:
            self.kept_clocks = {**kept, clock.metric: clock}

    @property
    def offer(self) -> Offer | None:
        """The open offer; an offered item's is always the last one."""
        return self.offers[-1] if self.state is WorkState.OFFERED else None

    @property
    def agent_id(self) -> str | None:
        """The agent whose capacity this item takes."""
        if self.state is WorkState.OFFERED:
            return self.offers[-1].agent_id
        return self.assignment.agent_id if self.assignment is not None else None

    @property
    def total_declines(self) -> int:
        """Missed offers count as declined."""
        return sum(self.declines.values())


@dataclass(frozen=True, slots=True)
class PresenceFact:
    """How a presence came about: by which name, whence and since when."""

    name: str
    source: str
    since: int


@dataclass(slots=True)
class Agent:
    """`held`, `used`, `active` and `excess` follow from the work items and are not stored.

    `idle_since` is when the agent last received or finished work or became available. `active` counts held work by class,
    without what is parked. `excess` is what a lowered capacity, an interruption or a supervisor left above the limit; it
    only shrinks. `presence_facts` are of the presences set for one channel class. `lost_at` is when the heartbeat's lease ran
    out unrenewed.
    """

    agent_id: str
    name: str
    queues: tuple[str, ...]
    skills: dict[str, int]
    capacity: dict[ChannelClass, int]
    idle_since: int
    presence: Presence = Presence.OFFLINE
    presence_name: str = "offline"
    presence_by_class: dict[ChannelClass, Presence] = field(default_factory=dict)
    presence_facts: dict[ChannelClass, PresenceFact] = field(default_factory=dict)
    presence_source: str = "configured"
    presence_since: int = 0
    last_offered_at: int = 0
    lease_until: int | None = None
    lost_at: int | None = None
    held: set[str] = field(default_factory=set)
    used: dict[ChannelClass, int] = field(default_factory=dict)
    active: dict[ChannelClass, int] = field(default_factory=dict)
    excess: dict[ChannelClass, int] = field(default_factory=dict)
    rings: dict[Any, int] = field(default_factory=dict, compare=False, repr=False)
    served: Any = field(default=None, compare=False, repr=False)

    def presence_for(self, channel_class: ChannelClass) -> Presence:
        return self.presence_by_class.get(channel_class, self.presence)

    def presence_fact(self, channel_class: ChannelClass) -> PresenceFact:
        general = PresenceFact(self.presence_name, self.presence_source, self.presence_since)
        return self.presence_facts.get(channel_class, general)

    def room(self, channel_class: ChannelClass) -> int:
        return self.capacity.get(channel_class, 0) - self.used.get(channel_class, 0)


@value
class TimerArmed:
    """Insert or replace the row of (case_id, metric, kind)."""

    case_id: str
    metric: MetricName
    kind: TimerKind
    due_at: int
    version: int


@value
class TimerCancelled:
    case_id: str
    metric: MetricName
    kind: TimerKind
