"""What supervisors and colleagues do with work of others: force an assignment, consult, monitor."""

from router.domain.commands import EndConsult, ForceAssign, StartConsult
from router.domain.events import ConsultEnded, ConsultStarted, Refusal, WorkForced
from router.domain.floor import Floor
from router.domain.model import Agent, OfferOutcome, Presence, WorkItem, WorkState
from router.domain.offers import assign, end_offer
from router.domain.work import end_assignment

CONSULT_KINDS = ("consult", "monitor")


def force_assign(floor: Floor, command: ForceAssign) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    refused = _refuse_force(item, agent)
    if refused is None:
        _take_away(floor, item)
        floor.take(agent, item, may_exceed=True)
        over, by = dict(agent.excess), command.by
        floor.emit(WorkForced(item.case_id, floor.now, agent.agent_id, by, command.reason, over))
        assign(floor, item, agent, None)
    return refused


def start_consult(floor: Floor, command: StartConsult) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    refused = _refuse_consult(item, agent, command)
    if refused is None:
        item.consults = (*item.consults, (agent.agent_id, command.kind))
        floor.work_changed(item)
        by, as_supervisor = command.by or command.supervisor, command.by is None
        floor.emit(ConsultStarted(item.case_id, floor.now, agent.agent_id, command.kind, by, as_supervisor))
    return refused


def end_consult(floor: Floor, command: EndConsult) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    kind = dict(item.consults).get(command.agent_id)
    if kind is None:
        return Refusal("not_consulted", f"Agent {command.agent_id} is not consulted on case {item.case_id}.")
    if command.by not in (None, command.agent_id, item.agent_id):
        return Refusal("work_not_yours", f"Case {item.case_id} is not with agent {command.by}.")
    item.consults = tuple(each for each in item.consults if each[0] != command.agent_id)
    floor.work_changed(item)
    by, as_supervisor = command.by or command.supervisor, command.by is None
    floor.emit(ConsultEnded(item.case_id, floor.now, command.agent_id, kind, by, as_supervisor))
    return None


def _take_away(floor: Floor, item: WorkItem) -> None:
    if item.state is WorkState.QUEUED:
        floor.waiting.remove(item)
    elif item.state is WorkState.OFFERED:
        end_offer(floor, item, OfferOutcome.WITHDRAWN, "force_assigned")
    end_assignment(floor, item, "force_assigned")


def _refuse_force(item: WorkItem, agent: Agent) -> Refusal | None:
    if item.state is WorkState.WRAPPING:
        return Refusal("work_closed", f"The work of case {item.case_id} is closed and wrapping up.")
    if item.state is WorkState.ASSIGNED and item.agent_id == agent.agent_id:
        return Refusal("same_agent", f"Case {item.case_id} is with agent {agent.agent_id} already.")
    if agent.presence_for(item.channel_class) is Presence.OFFLINE:
        return Refusal("agent_absent", f"Agent {agent.agent_id} is offline.")
    return None


def _refuse_consult(item: WorkItem, agent: Agent, command: StartConsult) -> Refusal | None:
    if command.kind not in CONSULT_KINDS:
        return Refusal("consult_kind_unknown", f"A consult is one of {', '.join(CONSULT_KINDS)}, not {command.kind!r}.")
    if command.by is not None and item.agent_id != command.by:
        return Refusal("work_not_yours", f"Case {item.case_id} is not with agent {command.by}.")
    if item.state is not WorkState.ASSIGNED:
        return Refusal("not_assigned", f"Case {item.case_id} is {item.state.value}.")
    if item.agent_id == agent.agent_id:
        return Refusal("same_agent", f"Case {item.case_id} is with agent {agent.agent_id} already.")
    if agent.agent_id in dict(item.consults):
        return Refusal("already_consulted", f"Agent {agent.agent_id} is consulted on case {item.case_id} already.")
    if agent.presence is Presence.OFFLINE:
        return Refusal("agent_absent", f"Agent {agent.agent_id} is offline.")
    return None
