"""What the router is told (past tense) or asked (imperative). Every `at` and `*_at` is integer milliseconds since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from router.domain.config import RoutingConfig
from router.domain.model import ChannelClass, MetricName, SkillNeed, TimerKind


@dataclass(frozen=True, slots=True)
class WorkRequested:
    """`attributes` is what the rules see: `message`, `customer` and `case`."""

    case_id: str
    requested_at: int
    channel: str
    channel_class: ChannelClass
    attributes: Mapping[str, object] = field(default_factory=dict)
    language: str | None = None
    priority: int | None = None
    queue: str | None = None
    skills: tuple[SkillNeed, ...] | None = None
    reopened: bool = False
    original_created_at: int | None = None
    last_agent: str | None = None
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerWrote:
    case_id: str
    message_id: str
    at: int


@dataclass(frozen=True, slots=True)
class AgentReplied:
    """`automatic` is a bot's or an auto-responder's reply."""

    case_id: str
    message_id: str
    at: int
    agent_id: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class WorkClosed:
    case_id: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class WorkPaused:
    """The case entered a state that may pause SLA clocks, such as `on_hold`."""

    case_id: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class WorkResumed:
    case_id: str
    reason: str
    at: int


@dataclass(frozen=True, slots=True)
class ConfigureAgent:
    """Adds an agent or replaces queues, skills (level 1–10) and capacity (units per channel class)."""

    agent_id: str
    name: str
    queues: tuple[str, ...]
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[ChannelClass, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemoveAgent:
    agent_id: str


@dataclass(frozen=True, slots=True)
class SetPresence:
    """`presence` is one of the four or a custom name of the configuration; without a channel class it sets all."""

    agent_id: str
    presence: str
    source: str = "agent"
    channel_class: ChannelClass | None = None


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    case_id: str
    offer_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class DeclineOffer:
    case_id: str
    offer_id: str
    agent_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EndWrapUp:
    case_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class PickWork:
    case_id: str
    agent_id: str


@dataclass(frozen=True, slots=True)
class RequeueWork:
    """Offered or assigned work goes back to its queue, or another, at its original age.

    With an agent id, only that agent's work; without, a supervisor's decision.
    """

    case_id: str
    agent_id: str | None = None
    note: str = ""
    queue: str | None = None


@dataclass(frozen=True, slots=True)
class SlaTimerDue:
    case_id: str
    metric: MetricName
    kind: TimerKind
    version: int


@dataclass(frozen=True, slots=True)
class ConfigChanged:
    config: RoutingConfig


Command = (
    WorkRequested
    | CustomerWrote
    | AgentReplied
    | WorkClosed
    | WorkPaused
    | WorkResumed
    | ConfigureAgent
    | RemoveAgent
    | SetPresence
    | AcceptOffer
    | DeclineOffer
    | EndWrapUp
    | PickWork
    | RequeueWork
    | SlaTimerDue
    | ConfigChanged
)
