"""What customers and agents wrote, as far as SLA clocks care."""

from router.domain import sla, sla_life
from router.domain.commands import AgentReplied, CustomerWrote, SlaTimerDue, WorkPaused, WorkResumed
from router.domain.config import SlaPolicy
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.model import WorkItem, WorkState
from router.domain.sla_config import WAITING_ON_CUSTOMER


def customer_wrote(floor: Floor, command: CustomerWrote) -> Refusal | None:
    """By any channel. Work that is wrapping up is over and restarts nothing; a message older than the last answer neither."""
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    if item.state is WorkState.WRAPPING or command.at <= (item.answered_at or 0):
        return None
    cause = f"CustomerWrote {command.message_id}"
    policy = policy_of(floor, item)
    sla.resume(floor, item, WAITING_ON_CUSTOMER, command.at, cause)
    if item.closing_thanks and policy is not None:
        sla_life.wake(floor, item, policy, command.at, command.text, cause)
    elif item.answered_at is not None:
        item.unanswered_since = min(command.at, item.unanswered_since or command.at)
        floor.work_changed(item)
        if policy is not None:
            sla_life.start_next_response(floor, item, policy, cause)
    return None


def agent_replied(floor: Floor, command: AgentReplied) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    policy = policy_of(floor, item)
    if item.state is WorkState.WRAPPING or not _is_answer(command, policy):
        return None
    cause = f"AgentReplied {command.message_id}"
    item.answered_at = max(command.at, item.answered_at or command.at)
    floor.work_changed(item)
    sla_life.answered(floor, item, policy, command.at, cause)
    if item.unanswered_since is None:
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


def policy_of(floor: Floor, item: WorkItem) -> SlaPolicy | None:
    return floor.config.policy(item.sla_policy) if item.sla_policy is not None else None


def _is_answer(command: AgentReplied, policy: SlaPolicy | None) -> bool:
    """Without a policy no clock cares."""
    if command.automatic or command.internal:
        return False
    return not command.bot or (policy is not None and policy.bot_reply_counts)
