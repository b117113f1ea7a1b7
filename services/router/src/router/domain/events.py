"""What the router decided. Names are past tense; every event says when (`at`, milliseconds since the epoch)."""

from router.domain.model import (
    ChannelClass,
    OfferOutcome,
    Presence,
    RoutingExplanation,
)
from router.domain.requirements import Requirement
from router.domain.sla_events import SlaActionTaken as SlaActionTaken
from router.domain.sla_events import SlaApplied as SlaApplied
from router.domain.sla_events import SlaBreached as SlaBreached
from router.domain.sla_events import SlaCancelled as SlaCancelled
from router.domain.sla_events import SlaEntry as SlaEntry
from router.domain.sla_events import SlaFulfilled as SlaFulfilled
from router.domain.sla_events import SlaPaused as SlaPaused
from router.domain.sla_events import SlaResumed as SlaResumed
from router.domain.sla_events import SlaRetargeted as SlaRetargeted
from router.domain.sla_events import SlaWarned as SlaWarned
from router.domain.values import value as event


@event
class WorkQueued:
    case_id: str
    at: int
    queue: str
    channel_class: ChannelClass
    priority: int
    skills: tuple[Requirement, ...]
    aged_from: int
    rule: str | None
    explanation: RoutingExplanation


@event
class WorkOffered:
    case_id: str
    at: int
    queue: str
    offer_id: str
    agent_id: str
    expires_at: int


@event
class OfferEnded:
    """An offer was declined, timed out or withdrawn: the work waits again at its original age."""

    case_id: str
    at: int
    offer_id: str
    agent_id: str
    how: OfferOutcome
    reason: str


@event
class AutoOfferStopped:
    """An alert: nobody takes this work, a person has to look at it."""

    case_id: str
    at: int
    queue: str
    declines: int


@event
class WorkAssigned:
    """`offer_id` is None when the queue assigns without asking or the agent picked the work."""

    case_id: str
    at: int
    queue: str
    assignment_id: str
    agent_id: str
    offer_id: str | None


@event
class AssignmentEnded:
    case_id: str
    at: int
    assignment_id: str
    agent_id: str
    reason: str


@event
class WrapUpStarted:
    case_id: str
    at: int
    agent_id: str
    until: int


@event
class WorkRequeued:
    """Assigned work, or work of a queue that is gone, waits again at its original age.

    `agent_id` had it; `by` is an agent too, or with `as_supervisor` whoever decided, or None when nobody did.
    """

    case_id: str
    at: int
    queue: str
    agent_id: str | None
    reason: str
    by: str | None = None
    as_supervisor: bool = False


@event
class WorkDone:
    case_id: str
    at: int
    queue: str
    agent_id: str | None
    reason: str


@event
class WorkRelaxed:
    """Waiting work went on to step number `step`: expired, agent_offline or agent_declined."""

    case_id: str
    at: int
    queue: str
    step: int
    skills: tuple[Requirement, ...]
    reason: str


@event
class WorkOverflowed:
    """Work went to another queue; `action` is queue or fallback, `why` the condition that held or `waited`."""

    case_id: str
    at: int
    queue: str
    to_queue: str
    action: str
    why: str


@event
class CallbackPromised:
    """The customer is to be told that an answer comes later; the work keeps waiting. `message` names the text."""

    case_id: str
    at: int
    queue: str
    message: str
    why: str


@event
class WorkTurnedAway:
    """The customer is to be told that nobody can answer; the work is done. `message` names the text."""

    case_id: str
    at: int
    queue: str
    message: str
    why: str


@event
class WorkTransferred:
    """`to_agent`, or a queue, or both the same queue and new skills. The wait begins anew, SLA clocks go on."""

    case_id: str
    at: int
    by: str | None
    queue: str
    to_agent: str | None
    skills: tuple[Requirement, ...]
    note: str
    as_supervisor: bool = False


@event
class WorkForced:
    """For the audit: a supervisor gave the work to this agent. `over` is what exceeds the capacity then, by class."""

    case_id: str
    at: int
    agent_id: str
    by: str
    reason: str
    over: dict[ChannelClass, int]


@event
class ConversationParked:
    """The customer is silent: the agent keeps the work and has the capacity back."""

    case_id: str
    at: int
    agent_id: str


@event
class ConversationResumed:
    case_id: str
    at: int
    agent_id: str


@event
class ConsultStarted:
    """`kind` is consult or monitor; neither takes capacity."""

    case_id: str
    at: int
    agent_id: str
    kind: str
    by: str | None = None
    as_supervisor: bool = False


@event
class ConsultEnded:
    """By nobody when the work ended."""

    case_id: str
    at: int
    agent_id: str
    kind: str
    by: str | None = None
    as_supervisor: bool = False


@event
class HeartbeatLost:
    """No lease is left. The agent gets no new work, and is offline at `offline_at` unless a heartbeat comes."""

    agent_id: str
    at: int
    offline_at: int


@event
class HeartbeatRestored:
    agent_id: str
    at: int


@event
class AgentConfigured:
    agent_id: str
    at: int
    name: str
    queues: tuple[str, ...]
    skills: dict[str, int]
    capacity: dict[ChannelClass, int]


@event
class AgentRemoved:
    agent_id: str
    at: int


@event
class PresenceChanged:
    """`presence_name` is the custom name, when there is one; without a channel class it is for all."""

    agent_id: str
    at: int
    presence: Presence
    presence_name: str
    previous: Presence
    source: str
    channel_class: ChannelClass | None


@event
class ConfigApplied:
    at: int
    revision: int


WorkEvent = (
    WorkQueued
    | WorkOffered
    | OfferEnded
    | AutoOfferStopped
    | WorkAssigned
    | AssignmentEnded
    | WrapUpStarted
    | WorkRequeued
    | WorkRelaxed
    | WorkOverflowed
    | CallbackPromised
    | WorkTurnedAway
    | WorkTransferred
    | WorkForced
    | ConversationParked
    | ConversationResumed
    | ConsultStarted
    | ConsultEnded
    | WorkDone
    | SlaActionTaken
)
AgentEvent = AgentConfigured | AgentRemoved | PresenceChanged | HeartbeatLost | HeartbeatRestored
SlaEvent = SlaApplied | SlaPaused | SlaResumed | SlaWarned | SlaBreached | SlaFulfilled | SlaCancelled | SlaRetargeted
Event = WorkEvent | AgentEvent | SlaEvent | ConfigApplied


@event
class Refusal:
    """`code` is stable; the sentence is for people."""

    code: str
    sentence: str


@event
class Decision:
    events: tuple[Event, ...]
    refused: Refusal | None = None
