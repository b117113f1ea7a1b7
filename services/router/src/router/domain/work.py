"""The life of a work item, but for offers: requested, picked, requeued, closed, wrapped up."""

from router.domain import sla
from router.domain.commands import EndWrapUp, PickWork, RequeueWork, WorkClosed, WorkRequested
from router.domain.events import AssignmentEnded, Refusal, WorkDone, WorkQueued, WorkRequeued, WrapUpStarted
from router.domain.floor import Floor
from router.domain.model import (
    Agent,
    Assignment,
    MetricName,
    OfferOutcome,
    QueueMode,
    WorkItem,
    WorkState,
)
from router.domain.offers import assign, end_offer
from router.domain.rules import Route, route


def work_requested(floor: Floor, command: WorkRequested) -> Refusal | None:
    """A request for work that is open changes nothing; one that reopens work in wrap-up ends the wrap-up first."""
    known = floor.state.work.get(command.case_id)
    if known is not None and not (command.reopened and known.state is WorkState.WRAPPING):
        return None
    if known is not None:
        end_wrap_up_of(floor, known)
    way = route(floor, command)
    item = _work_item(floor, command, way)
    floor.state.work[item.case_id] = item
    floor.state.closed.pop(item.case_id, None)
    floor.enqueue(item)
    floor.emit(_queued(floor, item))
    if way.policy is not None:
        for metric in way.policy.metrics:
            if metric.metric is not MetricName.NEXT_RESPONSE:
                sla.start_clock(floor, item, way.policy, metric, command.requested_at, "WorkRequested")
    return None


def pick_work(floor: Floor, command: PickWork) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    refused = _refuse_pick(floor, item, agent)
    if refused is None:
        floor.waiting.remove(item)
        floor.take(agent, item)
        assign(floor, item, agent, None)
    return refused


def requeue_work(floor: Floor, command: RequeueWork) -> Refusal | None:
    """An agent who gives work back does not get it again; a supervisor's requeue forgets who declined."""
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    refused = _refuse_requeue(floor, item, command)
    if refused is not None:
        return refused
    if item.state is WorkState.OFFERED:
        end_offer(floor, item, OfferOutcome.WITHDRAWN, "requeued")
    elif item.state is WorkState.QUEUED:
        floor.waiting.remove(item)
    if command.agent_id is not None:
        item.excluded_agents = (*item.excluded_agents, command.agent_id)
    else:
        item.declines, item.excluded_agents, item.auto_offer_stopped = {}, (), False
    item.queue = command.queue or item.queue
    requeue(floor, item, command.note or "requeued")
    return None


def requeue(floor: Floor, item: WorkItem, reason: str) -> None:
    """The work waits again at its original age. Nobody may hold it by an offer, and it must not be waiting."""
    agent_id = _end_assignment(floor, item, "requeued")
    item.last_agent = agent_id or item.last_agent
    item.queued_at = floor.now
    floor.emit(WorkRequeued(item.case_id, floor.now, item.queue, agent_id, reason))
    floor.enqueue(item)


def work_closed(floor: Floor, command: WorkClosed) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    if item.state is WorkState.WRAPPING:
        return Refusal("work_closed", f"The work of case {command.case_id} is closed and wrapping up.")
    item.closed_at, item.close_reason = floor.now, command.reason
    sla.fulfil(floor, item, MetricName.RESOLUTION, command.at, f"WorkClosed {command.reason}")
    sla.cancel_open(floor, item, command.at, f"WorkClosed {command.reason}")
    if item.state is WorkState.QUEUED:
        floor.waiting.remove(item)
    elif item.state is WorkState.OFFERED:
        end_offer(floor, item, OfferOutcome.WITHDRAWN, "closed")
    wrap_up_ms = floor.queue_of(item).wrap_up_ms
    if item.assignment is not None and wrap_up_ms > 0:
        _start_wrap_up(floor, item, item.assignment, floor.now + wrap_up_ms)
    else:
        _finish(floor, item)
    return None


def end_wrap_up(floor: Floor, command: EndWrapUp) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    if item.state is not WorkState.WRAPPING:
        return Refusal("not_wrapping_up", f"The work of case {command.case_id} is {item.state.value}.")
    if item.agent_id != command.agent_id:
        return Refusal("work_not_yours", f"Case {command.case_id} is with another agent.")
    end_wrap_up_of(floor, item)
    return None


def end_wrap_up_of(floor: Floor, item: WorkItem) -> None:
    _finish(floor, item)


def _work_item(floor: Floor, command: WorkRequested, way: Route) -> WorkItem:
    created_at = command.original_created_at if floor.config.reopened_keeps_age else None
    return WorkItem(
        case_id=command.case_id,
        state=WorkState.QUEUED,
        queue=way.queue,
        channel=command.channel,
        channel_class=command.channel_class,
        units=floor.config.units(command.channel_class),
        priority=way.priority,
        skills=way.skills,
        requested_at=command.requested_at,
        aged_from=command.requested_at if created_at is None else created_at,
        queued_at=floor.now,
        attributes=command.attributes,
        explanation=way.explanation,
        language=command.language,
        rule=way.rule,
        preferred_agents=way.preferred_agents,
        last_agent=command.last_agent,
        sla_policy=way.policy.name if way.policy is not None else None,
    )


def _queued(floor: Floor, item: WorkItem) -> WorkQueued:
    return WorkQueued(
        item.case_id,
        floor.now,
        item.queue,
        item.channel_class,
        item.priority,
        item.skills,
        item.aged_from,
        item.rule,
        item.explanation,
    )


def _refuse_pick(floor: Floor, item: WorkItem, agent: Agent) -> Refusal | None:
    if item.state is not WorkState.QUEUED:
        return Refusal("already_assigned", f"Case {item.case_id} is {item.state.value}.")
    if floor.queue_of(item).mode is not QueueMode.PICK and not item.auto_offer_stopped:
        return Refusal("not_pickable", f"Queue {item.queue!r} gives out its work itself.")
    if item.queue not in agent.queues:
        return Refusal("agent_not_in_queue", f"Agent {agent.agent_id} does not serve queue {item.queue!r}.")
    if agent.presence_for(item.channel_class).absent:
        return Refusal("agent_absent", f"Agent {agent.agent_id} is {agent.presence_for(item.channel_class).value}.")
    if not agent.meets(item.skills):
        return Refusal("agent_unskilled", f"Agent {agent.agent_id} lacks a skill that case {item.case_id} requires.")
    if agent.room(item.channel_class) < item.units:
        return Refusal("no_capacity", f"Agent {agent.agent_id} has no room for {item.channel_class.value} work.")
    return None


def _refuse_requeue(floor: Floor, item: WorkItem, command: RequeueWork) -> Refusal | None:
    if command.queue is not None and command.queue not in floor.config.queues:
        return Refusal("unknown_queue", f"There is no queue {command.queue!r}.")
    if item.state is WorkState.WRAPPING:
        return Refusal("work_closed", f"The work of case {item.case_id} is closed and wrapping up.")
    if command.agent_id is not None and item.agent_id != command.agent_id:
        return Refusal("work_not_yours", f"Case {item.case_id} is not with agent {command.agent_id}.")
    return None


def _start_wrap_up(floor: Floor, item: WorkItem, assignment: Assignment, until: int) -> None:
    item.state = WorkState.WRAPPING
    assignment.wrap_until = until
    floor.start_timer(item)
    floor.work_changed(item)
    floor.emit(WrapUpStarted(item.case_id, floor.now, assignment.agent_id, until))


def _finish(floor: Floor, item: WorkItem) -> None:
    agent_id = _end_assignment(floor, item, item.close_reason or "closed")
    item.state = WorkState.DONE
    del floor.state.work[item.case_id]
    floor.state.remember_closed(item.case_id, item.closed_at or floor.now)
    floor.work_changed(item)
    floor.emit(WorkDone(item.case_id, floor.now, item.queue, agent_id, item.close_reason or "closed"))


def _end_assignment(floor: Floor, item: WorkItem, reason: str) -> str | None:
    assignment, item.assignment = item.assignment, None
    if assignment is None:
        return None
    floor.release(floor.state.agents[assignment.agent_id], item)
    floor.emit(AssignmentEnded(item.case_id, floor.now, assignment.assignment_id, assignment.agent_id, reason))
    return assignment.agent_id
