"""Conversations whose customer is silent: they are parked, which gives the agent room, until the customer writes again."""

from router.domain import answers
from router.domain.commands import AgentReplied, CustomerWrote
from router.domain.events import ConversationParked, ConversationResumed, Refusal
from router.domain.floor import Floor
from router.domain.model import Agent, WorkItem
from router.domain.ready import is_there
from router.domain.signatures import has_room
from router.domain.timers import ShortTimer
from router.domain.work import requeue


def customer_wrote(floor: Floor, command: CustomerWrote) -> Refusal | None:
    """Parked work goes on with its agent, or waits again at its original age when the agent is not there or has no room."""
    refused = answers.customer_wrote(floor, command)
    item = floor.state.work.get(command.case_id)
    if refused is None and item is not None:
        item.wrote_at = max(item.wrote_at, command.at)
        floor.work_changed(item)
        wake(floor, item)
    return refused


def agent_replied(floor: Floor, command: AgentReplied) -> Refusal | None:
    refused = answers.agent_replied(floor, command)
    if refused is None:
        floor.timers.arm(ShortTimer.PARK, command.case_id)
    return refused


def park(floor: Floor, case_id: str) -> None:
    item = floor.state.work[case_id]
    if item.assignment is not None:
        agent = floor.state.agents[item.assignment.agent_id]
        floor.park(agent, item)
        floor.emit(ConversationParked(case_id, floor.now, agent.agent_id))


def wake(floor: Floor, item: WorkItem) -> None:
    """Work that is not parked stays as it is."""
    if item.parked_at is None or item.assignment is None:
        return
    agent = floor.state.agents[item.assignment.agent_id]
    obstacle = _obstacle(floor, item, agent)
    if obstacle is not None:
        requeue(floor, item, obstacle)
        return
    floor.unpark(agent, item)
    floor.emit(ConversationResumed(item.case_id, floor.now, agent.agent_id))


def _obstacle(floor: Floor, item: WorkItem, agent: Agent) -> str | None:
    signature = floor.signatures.of(item)
    if not is_there(agent, signature):
        return "agent_absent"
    return None if has_room(agent, signature) else "agent_full"
