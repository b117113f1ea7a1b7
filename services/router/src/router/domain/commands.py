"""What the router is told (past tense) or asked (imperative). Every `at` and `*_at` is integer milliseconds since the epoch.

`sequence` counts what the case store tells about a case; see `sequence.py`. None: it has no place in that order.
"""

from collections.abc import Mapping
from dataclasses import field, fields, replace
from typing import Any, get_args

from router.domain.config import RoutingConfig
from router.domain.model import ChannelClass, MetricName, TimerKind
from router.domain.requirements import Requirement
from router.domain.values import value


@value
class WorkRequested:
    """`attributes` is what the rules see: `message`, `customer` and `case`. `last_agent` is the case's."""

    case_id: str
    requested_at: int
    channel: str
    channel_class: ChannelClass
    attributes: Mapping[str, object] = field(default_factory=dict)
    language: str | None = None
    priority: int | None = None
    queue: str | None = None
    skills: tuple[Requirement, ...] | None = None
    reopened: bool = False
    original_created_at: int | None = None
    last_agent: str | None = None
    message_id: str | None = None
    asked_by_message: bool = True
    customers_last_agent: str | None = None
    sequence: int | None = None


@value
class CustomerWrote:
    """By any channel, a note in a portal too. The text tells a closing thanks from a question; a picture has none."""

    case_id: str
    message_id: str
    at: int
    text: str | None = ""
    sequence: int | None = None


@value
class AgentReplied:
    """An `automatic` reply and an `internal` note answer nobody; a bot's answer does if the policy says so."""

    case_id: str
    message_id: str
    at: int
    agent_id: str | None = None
    automatic: bool = False
    bot: bool = False
    internal: bool = False
    sequence: int | None = None


@value
class WorkClosed:
    case_id: str
    reason: str
    at: int
    sequence: int | None = None


@value
class WorkPaused:
    """The case entered a state that may pause SLA clocks, such as `on_hold`."""

    case_id: str
    reason: str
    at: int
    sequence: int | None = None


@value
class WorkResumed:
    case_id: str
    reason: str
    at: int
    sequence: int | None = None


@value
class FactsChanged:
    """New `case` or `customer` attributes, each as a whole; a priority of None stays as it was."""

    case_id: str
    at: int
    attributes: Mapping[str, object]
    priority: int | None = None
    sequence: int | None = None


@value
class WorkMerged:
    """The case ended and goes on in another, which keeps the older start of each SLA metric."""

    case_id: str
    into_case_id: str
    at: int
    sequence: int | None = None
    into_sequence: int | None = None


@value
class ConfigureAgent:
    """Adds an agent or replaces queues, skills (level 1–10) and capacity (units per channel class)."""

    agent_id: str
    name: str
    queues: tuple[str, ...]
    skills: Mapping[str, int] = field(default_factory=dict)
    capacity: Mapping[ChannelClass, int] = field(default_factory=dict)


@value
class ChangeAgent:
    """A part of an agent; what is None stays as it is."""

    agent_id: str
    name: str | None = None
    queues: tuple[str, ...] | None = None
    skills: Mapping[str, int] | None = None
    capacity: Mapping[ChannelClass, int] | None = None


@value
class RemoveAgent:
    agent_id: str


@value
class SetPresence:
    """`presence` is one of the four or a custom name of the configuration; without a channel class it sets all."""

    agent_id: str
    presence: str
    source: str = "agent"
    channel_class: ChannelClass | None = None


@value
class AcceptOffer:
    case_id: str
    offer_id: str
    agent_id: str


@value
class DeclineOffer:
    case_id: str
    offer_id: str
    agent_id: str
    reason: str = ""


@value
class EndWrapUp:
    case_id: str
    agent_id: str


@value
class PickWork:
    case_id: str
    agent_id: str


@value
class RequeueWork:
    """Offered or assigned work goes back to its queue, or another, at its original age.

    With an agent id, only that agent's work; without, the decision of `supervisor`.
    """

    case_id: str
    agent_id: str | None = None
    note: str = ""
    queue: str | None = None
    supervisor: str | None = None


@value
class TransferWork:
    """To one of: an agent, a queue, a set of skills. With `by` only that agent's work; without, the decision of `supervisor`.

    The wait clock of overflow, relaxation and estimates begins anew; the case keeps its age and its SLA clocks.
    """

    case_id: str
    by: str | None = None
    to_agent: str | None = None
    to_queue: str | None = None
    to_skills: tuple[Requirement, ...] | None = None
    note: str = ""
    supervisor: str | None = None


@value
class ForceAssign:
    """A supervisor's decision, over capacity and skills; only an offline agent is out of reach."""

    case_id: str
    agent_id: str
    by: str
    reason: str = ""


@value
class StartConsult:
    """`kind` is consult or monitor. With `by` only of that agent's work; without, the decision of `supervisor`."""

    case_id: str
    agent_id: str
    kind: str = "consult"
    by: str | None = None
    supervisor: str | None = None


@value
class EndConsult:
    """By whoever has the work or by the colleague who was asked; without `by` the decision of `supervisor`."""

    case_id: str
    agent_id: str
    by: str | None = None
    supervisor: str | None = None


@value
class HeartbeatReceived:
    """The agent's socket is alive and will say so again within `lease_ms`."""

    agent_id: str
    lease_ms: int


@value
class SlaTimerDue:
    case_id: str
    metric: MetricName
    kind: TimerKind
    version: int


@value
class ConfigChanged:
    config: RoutingConfig


CaseCommand = (
    WorkRequested | CustomerWrote | AgentReplied | WorkClosed | WorkPaused | WorkResumed | FactsChanged | WorkMerged
)
Command = (
    WorkRequested
    | CustomerWrote
    | AgentReplied
    | WorkClosed
    | WorkPaused
    | WorkResumed
    | FactsChanged
    | WorkMerged
    | ConfigureAgent
    | ChangeAgent
    | RemoveAgent
    | SetPresence
    | AcceptOffer
    | DeclineOffer
    | EndWrapUp
    | PickWork
    | RequeueWork
    | TransferWork
    | ForceAssign
    | StartConsult
    | EndConsult
    | HeartbeatReceived
    | SlaTimerDue
    | ConfigChanged
)

_STAMPS = ("at", "requested_at", "original_created_at")
_STAMPS_OF: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in _STAMPS if name in {field.name for field in fields(kind)})
    for kind in get_args(Command)
}


def not_after(command: Command, now: int) -> Command:
    """Facts are stamped by others, whose clocks may be ahead; what has been told happened no later than now."""
    for name in _STAMPS_OF[type(command)]:
        if (getattr(command, name) or 0) > now:
            break
    else:
        return command
    stamps: dict[str, Any] = {name: now for name in _STAMPS_OF[type(command)] if (getattr(command, name) or 0) > now}
    return replace(command, **stamps)
