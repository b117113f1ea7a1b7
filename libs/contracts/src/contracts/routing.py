"""`routing.commands` and `routing.events`: what the router is asked, and what it decided."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Author, CaseFacts, CustomerFacts, MessageFacts

# ---- facts from the case store


class WorkRequested(Contract):
    """A case was opened or reopened and needs an agent."""

    case: CaseFacts
    customer: CustomerFacts
    message: MessageFacts
    requested_at: Instant


class CustomerWrote(Contract):
    case_id: UUID
    message: MessageFacts
    wrote_at: Instant


class AgentReplied(Contract):
    """An outgoing message was recorded; an `automatic` one doesn't answer the customer in the eyes of an SLA."""

    case_id: UUID
    message_id: UUID
    author: Author
    automatic: bool = False
    replied_at: Instant


class WorkClosed(Contract):
    case_id: UUID
    reason: str
    by: Author
    closed_at: Instant


# ---- commands from agents and their tools


class ConfigureAgent(Contract):
    """The whole of an agent: skills are levels 1 to 10, capacity is units per channel class."""

    agent_id: str
    name: str
    queues: tuple[str, ...] = ()
    skills: dict[str, Int] = {}
    capacity: dict[str, Int] = {}


class RemoveAgent(Contract):
    agent_id: str


class Presence(OpenEnum):
    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class SetPresence(Contract):
    agent_id: str
    presence: Presence
    source: str = "agent"


class AcceptOffer(Contract):
    case_id: UUID
    offer_id: UUID
    agent_id: str


class DeclineOffer(Contract):
    case_id: UUID
    offer_id: UUID
    agent_id: str
    reason: str = ""


class PickWork(Contract):
    case_id: UUID
    agent_id: str


class RequeueWork(Contract):
    case_id: UUID
    agent_id: str
    note: str = ""


class EndWrapUp(Contract):
    case_id: UUID
    agent_id: str


# ---- what the router decided


class WorkQueued(Contract):
    """`rule` is the routing rule that chose the queue; none means the tenant's default queue."""

    case_id: UUID
    queue: str
    priority: Int
    skills: dict[str, Int] = {}
    rule: str | None = None
    queued_at: Instant


class WorkOffered(Contract):
    case_id: UUID
    offer_id: UUID
    agent_id: str
    queue: str
    offered_at: Instant
    expires_at: Instant


class OfferEnd(OpenEnum):
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class OfferEnded(Contract):
    """An offer ended without an assignment."""

    case_id: UUID
    offer_id: UUID
    agent_id: str
    how: OfferEnd
    reason: str = ""
    ended_at: Instant


class AutoOfferStopped(Contract):
    """So many agents let this work pass that it is offered to nobody any more; a supervisor must act."""

    case_id: UUID
    queue: str
    declines: Int
    stopped_at: Instant


class WorkAssigned(Contract):
    case_id: UUID
    assignment_id: UUID
    agent_id: str
    queue: str
    assigned_at: Instant


class AssignmentEnded(Contract):
    case_id: UUID
    assignment_id: UUID
    agent_id: str
    reason: str
    ended_at: Instant


class WorkRequeued(Contract):
    case_id: UUID
    queue: str
    reason: str
    requeued_at: Instant


class WrapUpStarted(Contract):
    case_id: UUID
    agent_id: str
    until: Instant | None = None
    started_at: Instant


class WorkDone(Contract):
    case_id: UUID
    reason: str
    done_at: Instant


class AgentConfigured(Contract):
    agent_id: str
    configured_at: Instant


class AgentRemoved(Contract):
    agent_id: str
    removed_at: Instant


class PresenceChanged(Contract):
    agent_id: str
    presence: Presence
    source: str
    changed_at: Instant


# ---- the SLA ledger: append-only, enough to prove a breach by replay


class _SlaEntry(Contract):
    """`remaining_ms` and `target_ms` are business milliseconds; `due_at` is absent while the clock is stopped."""

    case_id: UUID
    metric: str
    policy: str
    policy_revision: Int
    target_ms: Int
    remaining_ms: Int
    due_at: Instant | None = None
    cause: str
    at: Instant


class SlaApplied(_SlaEntry):
    pass


class SlaPaused(_SlaEntry):
    pass


class SlaResumed(_SlaEntry):
    pass


class SlaRetargeted(_SlaEntry):
    pass


class SlaWarned(_SlaEntry):
    """`warning` names the offset that was reached, as `80%` or `PT5M`."""

    warning: str


class SlaBreached(_SlaEntry):
    pass


class SlaFulfilled(_SlaEntry):
    late: bool = False


class SlaCancelled(_SlaEntry):
    pass
