"""What customers and agents wrote, as far as SLA clocks care."""

from router.domain import sla
from router.domain.commands import AgentReplied, CustomerWrote, SlaTimerDue, WorkPaused, WorkResumed
from router.domain.config import SlaPolicy
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.ledger import is_over
from router.domain.model import MetricName, WorkItem, WorkState

WAITING_ON_CUSTOMER = "waiting_on_customer"


def customer_wrote(floor: Floor, command: CustomerWrote) -> Refusal | None:
    """Starts next response from the oldest unanswered message; work that is wrapping up is over and restarts nothing."""
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    answered_before = item.answered_at is not None and command.at > item.answered_at
    if item.state is WorkState.WRAPPING or not answered_before:
        return None
    cause = f"CustomerWrote {command.message_id}"
    sla.resume(floor, item, WAITING_ON_CUSTOMER, command.at, cause)
    _start_next_response(floor, item, command.at, cause)
    return None


def agent_replied(floor: Floor, command: AgentReplied) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    if command.automatic and not _automatic_counts(floor, item):
        return None
    cause = f"AgentReplied {command.message_id}"
    item.answered_at = max(command.at, item.answered_at or command.at)
    floor.work_changed(item)
    for metric in (MetricName.FIRST_RESPONSE, MetricName.NEXT_RESPONSE):
        sla.fulfil(floor, item, metric, command.at, cause)
    sla.pause(floor, item, WAITING_ON_CUSTOMER, command.at, cause)
    return None


def work_paused(floor: Floor, command: WorkPaused) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    sla.pause(floor, item, command.reason, command.at, f"WorkPaused {command.reason}")
    return None


def work_resumed(floor: Floor, command: WorkResumed) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    sla.resume(floor, item, command.reason, command.at, f"WorkResumed {command.reason}")
    return None


def sla_timer_due(floor: Floor, command: SlaTimerDue) -> Refusal | None:
    """A timer of work that is closed meanwhile has nothing to do."""
    item = floor.state.work.get(command.case_id)
    if item is not None:
        sla.timer_due(floor, item, command.metric, command.kind, command.version)
    return None


def _start_next_response(floor: Floor, item: WorkItem, at: int, cause: str) -> None:
    clock = item.clocks.get(MetricName.NEXT_RESPONSE)
    policy = _policy(floor, item)
    if policy is None or (clock is not None and not is_over(clock)):
        return
    for metric in policy.metrics:
        if metric.metric is MetricName.NEXT_RESPONSE:
            sla.start_clock(floor, item, policy, metric, at, cause)


def _automatic_counts(floor: Floor, item: WorkItem) -> bool:
    policy = _policy(floor, item)
    return policy is not None and policy.automatic_reply_counts


def _policy(floor: Floor, item: WorkItem) -> SlaPolicy | None:
    return floor.config.policy(item.sla_policy) if item.sla_policy is not None else None
