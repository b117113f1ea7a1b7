"""Work handed on: to an agent, a queue or other skills."""

from router.domain import overflow, requirements
from router.domain.commands import TransferWork
from router.domain.events import Refusal, WorkTransferred
from router.domain.floor import Floor
from router.domain.model import NONE, OfferOutcome, Presence, WorkItem, WorkState
from router.domain.offers import end_offer
from router.domain.policies import Preference
from router.domain.relaxation import step_for
from router.domain.requirements import Requirement, Step, ordered
from router.domain.work import end_assignment, turn_away, wait_anew

_DIRECT = Preference(respects_skills=False)


def transfer_work(floor: Floor, command: TransferWork) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    refused = _refuse(floor, item, command)
    if refused is None:
        _let_go(floor, item)
        _address(floor, item, command)
        taken = command.to_queue is None or overflow.find_queue(floor, item)
        if taken:
            floor.enqueue(item)
        else:
            turn_away(floor, item)
    return refused


def _let_go(floor: Floor, item: WorkItem) -> None:
    if item.state is WorkState.QUEUED:
        floor.waiting.remove(item)
    elif item.state is WorkState.OFFERED:
        end_offer(floor, item, OfferOutcome.WITHDRAWN, "transferred")
    item.last_agent = end_assignment(floor, item, "transferred") or item.last_agent


def _address(floor: Floor, item: WorkItem, command: TransferWork) -> None:
    """Whoever declined or gave back before may be asked again, but for the agent who hands it on."""
    wait_anew(floor, item)
    item.declines, item.auto_offer_stopped = NONE, False
    item.excluded_agents = (command.by,) if command.by is not None and command.to_agent is None else ()
    item.queue, item.note = command.to_queue or item.queue, command.note
    item.skills = _required(item, command)
    item.steps, item.step, item.step_fallback = (), 0, None
    if command.to_agent is not None:
        direct = step_for(command.to_agent, _DIRECT, floor.queue_of(item).transfer_wait_ms, item.skills)
        item.steps = (direct, Step(item.skills))
    item.preferred_agents = ()
    by, to_agent, skills = command.by or command.supervisor, command.to_agent, item.skills
    told = WorkTransferred(item.case_id, floor.now, by, item.queue, to_agent, skills, command.note, command.by is None)
    floor.emit(told)


def _required(item: WorkItem, command: TransferWork) -> tuple[Requirement, ...]:
    """Skills stay as first required, unless others are asked for; another queue knows nothing of them."""
    if command.to_skills is not None:
        return ordered(command.to_skills)
    if command.to_queue is not None and command.to_queue != item.queue:
        return ()
    return next((step.skills for step in item.steps if step.agent_id is None), item.skills)


def _refuse(floor: Floor, item: WorkItem, command: TransferWork) -> Refusal | None:
    targets = [target for target in (command.to_agent, command.to_queue, command.to_skills) if target is not None]
    if len(targets) != 1:
        return Refusal(
            "transfer_target_invalid", "A transfer goes to an agent, a queue or a set of skills: one of them."
        )
    if command.to_queue is not None and command.to_queue not in floor.config.queues:
        return Refusal("unknown_queue", f"There is no queue {command.to_queue!r}.")
    for problem in requirements.problems_of(command.to_skills or (), "to_skills"):
        return Refusal("skill_level_invalid", problem)
    for name in _unknown_skills(floor, command):
        return Refusal("unknown_skill", f"There is no skill {name!r}: nobody could ever take the work.")
    if item.state is WorkState.WRAPPING:
        return Refusal("work_closed", f"The work of case {item.case_id} is closed and wrapping up.")
    if command.by is not None and item.agent_id != command.by:
        return Refusal("work_not_yours", f"Case {item.case_id} is not with agent {command.by}.")
    return _refuse_agent(floor, item, command.to_agent) if command.to_agent is not None else None


def _unknown_skills(floor: Floor, command: TransferWork) -> list[str]:
    """Neither declared nor held by anybody: a slip of the pen."""
    asked = {need.name for need in requirements.skill_needs(command.to_skills or ())}
    undeclared = sorted(asked - floor.config.skills)
    return [name for name in undeclared if not any(name in agent.skills for agent in floor.state.agents.values())]


def _refuse_agent(floor: Floor, item: WorkItem, agent_id: str) -> Refusal | None:
    agent = floor.find_agent(agent_id)
    if isinstance(agent, Refusal):
        return agent
    if item.agent_id == agent_id:
        return Refusal("same_agent", f"Case {item.case_id} is with agent {agent_id} already.")
    if agent.presence_for(item.channel_class) is Presence.OFFLINE:
        return Refusal("agent_absent", f"Agent {agent_id} is offline.")
    return None
