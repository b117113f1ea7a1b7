"""What the router decided. Names are past tense; every event says when (`at`, milliseconds since the epoch)."""

from dataclasses import dataclass

from router.domain.model import (
    ChannelClass,
    MetricName,
    OfferOutcome,
    Presence,
    RoutingExplanation,
    SkillNeed,
    WarnPoint,
)


@dataclass(frozen=True, slots=True)
class WorkQueued:
    case_id: str
    at: int
    queue: str
    channel_class: ChannelClass
    priority: int
    skills: tuple[SkillNeed, ...]
    aged_from: int
    rule: str | None
    explanation: RoutingExplanation


@dataclass(frozen=True, slots=True)
class WorkOffered:
    case_id: str
    at: int
    queue: str
    offer_id: str
    agent_id: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer was declined, timed out or withdrawn: the work waits again at its original age."""

    case_id: str
    at: int
    offer_id: str
    agent_id: str
    how: OfferOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class AutoOfferStopped:
    """An alert: nobody takes this work, a person has to look at it."""

    case_id: str
    at: int
    queue: str
    declines: int


@dataclass(frozen=True, slots=True)
class WorkAssigned:
    """`offer_id` is None when the queue assigns without asking or the agent picked the work."""

    case_id: str
    at: int
    queue: str
    assignment_id: str
    agent_id: str
    offer_id: str | None


@dataclass(frozen=True, slots=True)
class AssignmentEnded:
    case_id: str
    at: int
    assignment_id: str
    agent_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class WrapUpStarted:
    case_id: str
    at: int
    agent_id: str
    until: int


@dataclass(frozen=True, slots=True)
class WorkRequeued:
    """Assigned work, or work of a queue that is gone, waits again at its original age."""

    case_id: str
    at: int
    queue: str
    agent_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class WorkDone:
    case_id: str
    at: int
    queue: str
    agent_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class AgentConfigured:
    agent_id: str
    at: int
    name: str
    queues: tuple[str, ...]
    skills: dict[str, int]
    capacity: dict[ChannelClass, int]


@dataclass(frozen=True, slots=True)
class AgentRemoved:
    agent_id: str
    at: int


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """`presence_name` is the custom name, when there is one; without a channel class it is for all."""

    agent_id: str
    at: int
    presence: Presence
    presence_name: str
    previous: Presence
    source: str
    channel_class: ChannelClass | None


@dataclass(frozen=True, slots=True)
class ConfigApplied:
    at: int
    revision: int


@dataclass(frozen=True, slots=True)
class SlaEntry:
    """One line of the SLA ledger: the clock right after what happened, so that the ledger alone proves a breach.

    `remaining_ms` is business time left at `at`, negative when overdue.
    """

    case_id: str
    at: int
    metric: MetricName
    policy: str
    policy_revision: int
    calendar: str | None
    calendar_revision: int
    target_ms: int
    started_at: int
    due_at: int | None
    remaining_ms: int
    warns_left: tuple[WarnPoint, ...]
    warn_at: int | None
    version: int
    cause: str


@dataclass(frozen=True, slots=True)
class SlaApplied(SlaEntry):
    pass


@dataclass(frozen=True, slots=True)
class SlaPaused(SlaEntry):
    pass


@dataclass(frozen=True, slots=True)
class SlaResumed(SlaEntry):
    pass


@dataclass(frozen=True, slots=True)
class SlaWarned(SlaEntry):
    """`warning` names the offset that was reached, as `80%` or `PT5M`."""

    warning: str


@dataclass(frozen=True, slots=True)
class SlaBreached(SlaEntry):
    pass


@dataclass(frozen=True, slots=True)
class SlaFulfilled(SlaEntry):
    late: bool


@dataclass(frozen=True, slots=True)
class SlaCancelled(SlaEntry):
    pass


@dataclass(frozen=True, slots=True)
class SlaRetargeted(SlaEntry):
    pass


WorkEvent = (
    WorkQueued
    | WorkOffered
    | OfferEnded
    | AutoOfferStopped
    | WorkAssigned
    | AssignmentEnded
    | WrapUpStarted
    | WorkRequeued
    | WorkDone
)
AgentEvent = AgentConfigured | AgentRemoved | PresenceChanged
SlaEvent = SlaApplied | SlaPaused | SlaResumed | SlaWarned | SlaBreached | SlaFulfilled | SlaCancelled | SlaRetargeted
Event = WorkEvent | AgentEvent | SlaEvent | ConfigApplied


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is stable; the sentence is for people."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    events: tuple[Event, ...]
    refused: Refusal | None = None
