"""`routing.commands` and `routing.events`: what the router is asked, and what it decided."""

from uuid import UUID

from contracts.agents import AgentConfigured as AgentConfigured
from contracts.agents import AgentRemoved as AgentRemoved
from contracts.agents import ChangeAgent as ChangeAgent
from contracts.agents import ConfigureAgent as ConfigureAgent
from contracts.agents import HeartbeatLost as HeartbeatLost
from contracts.agents import HeartbeatReceived as HeartbeatReceived
from contracts.agents import HeartbeatRestored as HeartbeatRestored
from contracts.agents import Presence as Presence
from contracts.agents import PresenceChanged as PresenceChanged
from contracts.agents import PresenceSource as PresenceSource
from contracts.agents import RemoveAgent as RemoveAgent
from contracts.agents import SetPresence as SetPresence
from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Author, CaseFacts, CustomerFacts, MessageFacts

# ---- facts from the case store


class CaseCommand(Contract):
    """`sequence` counts what is said about a case, 1, 2, 3 …, in the order in which the case changed: by more than one way it may
    come in another. None: it has no place in that order.
    """

    sequence: Int | None = None


class WorkRequested(CaseCommand):
    """A case was opened or reopened and needs an agent.

    Not `asked_by_message`: a person opened it again, or it needs an agent for another reason than the message.
    `queue` and `skills` outrank the rules. `returned`: people had it before and gave it to a bot; its clocks go on as a reopened case's.
    """

    case: CaseFacts
    customer: CustomerFacts
    message: MessageFacts
    asked_by_message: bool = True
    queue: str | None = None
    skills: dict[str, Int] | None = None
    returned: bool = False
    requested_at: Instant


class CustomerWrote(CaseCommand):
    case_id: UUID
    message: MessageFacts
    wrote_at: Instant


class AgentReplied(CaseCommand):
    """An outgoing message or an `internal` note was recorded; a note and an `automatic` reply don't answer the customer in
    the eyes of an SLA, a bot's reply does if the policy says so.
    """

    case_id: UUID
    message_id: UUID
    author: Author
    automatic: bool = False
    internal: bool = False
    replied_at: Instant


class WorkClosed(CaseCommand):
    case_id: UUID
    reason: str
    by: Author
    closed_at: Instant


class CaseFactsChanged(CaseCommand):
    """The case or its customer is not what it was: tags, fields, priority, tier, entitlement. SLA policies are selected anew.

    Not `priority_changed`: the work keeps its own priority, which a policy may have raised.
    """

    case: CaseFacts
    customer: CustomerFacts
    priority_changed: bool = True
    changed_at: Instant


class WorkPaused(CaseCommand):
    """The case waits for something: `waiting_on_customer`, `on_hold` or a tenant's own word. Policies say what this pauses."""

    case_id: UUID
    reason: str
    paused_at: Instant


class WorkResumed(CaseCommand):
    case_id: UUID
    reason: str
    resumed_at: Instant


class WorkMerged(CaseCommand):
    """`case_id` ended and goes on in `into_case_id`, which keeps the older start of each SLA metric.

    It is said about both: `into_sequence` is its place among what is said about the other.
    """

    case_id: UUID
    into_case_id: UUID
    merged_at: Instant
    into_sequence: Int | None = None


# ---- commands from agents and their tools


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
    """Without `agent_id` it is the decision of `supervisor`. To its queue or another, at its original age."""

    case_id: UUID
    agent_id: str | None = None
    to_queue: str | None = None
    note: str = ""
    supervisor: str | None = None


class EndWrapUp(Contract):
    case_id: UUID
    agent_id: str


class TransferWork(Contract):
    """To exactly one of an agent, a queue and skills. Without `by` it is the decision of `supervisor`."""

    case_id: UUID
    by: str | None = None
    to_agent: str | None = None
    to_queue: str | None = None
    to_skills: dict[str, Int] | None = None
    note: str = ""
    supervisor: str | None = None


class ForceAssign(Contract):
    """A supervisor's decision, over capacity and skills."""

    case_id: UUID
    agent_id: str
    by: str
    reason: str = ""


class StartConsult(Contract):
    """`agent_id` is the colleague who is asked. `kind` is consult or monitor; neither takes capacity. Without `by` it is the
    decision of `supervisor`.
    """

    case_id: UUID
    agent_id: str
    kind: str = "consult"
    by: str | None = None
    supervisor: str | None = None


class EndConsult(Contract):
    """`by` is whoever has the work, or the colleague; without it is the decision of `supervisor`."""

    case_id: UUID
    agent_id: str
    by: str | None = None
    supervisor: str | None = None


class ConfigureTenant(Contract):
    """A revision of the tenant's configuration is there to route by. It is carried out by whoever owns the group."""

    revision: Int


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
    """No `offer_id` when nobody was asked: the queue assigns by itself, the agent picked the work or was forced to take it."""

    case_id: UUID
    assignment_id: UUID
    agent_id: str
    queue: str
    assigned_at: Instant
    offer_id: UUID | None = None


class AssignmentEnded(Contract):
    case_id: UUID
    assignment_id: UUID
    agent_id: str
    reason: str
    ended_at: Instant


class WorkRequeued(Contract):
    """`by` is an agent, with `as_supervisor` whoever decided without being one for this work; none when nobody did."""

    case_id: UUID
    queue: str
    reason: str
    requeued_at: Instant
    by: str | None = None
    as_supervisor: bool = False


class WorkRelaxed(Contract):
    """Waiting work became less choosy. `reason`: expired, agent_offline or agent_declined."""

    case_id: UUID
    queue: str
    step: Int
    skills: dict[str, Int] = {}
    reason: str
    relaxed_at: Instant


class WorkOverflowed(Contract):
    """`action` is queue or fallback; `why` the condition that held, `waited` or `preferred_agents`."""

    case_id: UUID
    queue: str
    to_queue: str
    action: str
    why: str
    overflowed_at: Instant


class CallbackPromised(Contract):
    """The customer is to be told that an answer comes later. `message` names the text."""

    case_id: UUID
    queue: str
    message: str
    why: str
    promised_at: Instant


class WorkTurnedAway(Contract):
    """The customer is to be told that nobody can answer; the work is done. `message` names the text."""

    case_id: UUID
    queue: str
    message: str
    why: str
    turned_away_at: Instant


class WorkTransferred(Contract):
    """`by` as in `WorkRequeued`."""

    case_id: UUID
    by: str | None = None
    queue: str
    to_agent: str | None = None
    skills: dict[str, Int] = {}
    note: str = ""
    transferred_at: Instant
    as_supervisor: bool = False


class WorkForced(Contract):
    """For the audit. `over` is what exceeds the agent's capacity then, by channel class."""

    case_id: UUID
    agent_id: str
    by: str
    reason: str = ""
    over: dict[str, Int] = {}
    forced_at: Instant


class ConversationParked(Contract):
    """The customer is silent: the agent keeps the work and has the capacity back."""

    case_id: UUID
    agent_id: str
    parked_at: Instant


class ConversationResumed(Contract):
    case_id: UUID
    agent_id: str
    resumed_at: Instant


class ConsultStarted(Contract):
    """`agent_id` is the colleague, `by` as in `WorkRequeued`."""

    case_id: UUID
    agent_id: str
    kind: str
    started_at: Instant
    by: str | None = None
    as_supervisor: bool = False


class ConsultEnded(Contract):
    """`agent_id` is the colleague, `by` as in `WorkRequeued`."""

    case_id: UUID
    agent_id: str
    kind: str
    ended_at: Instant
    by: str | None = None
    as_supervisor: bool = False


class WrapUpStarted(Contract):
    case_id: UUID
    agent_id: str
    until: Instant | None = None
    started_at: Instant


class WorkDone(Contract):
    case_id: UUID
    reason: str
    done_at: Instant
