"""The life of a work item, but for offers: requested, picked, requeued, closed, wrapped up."""

from router.domain import overflow, requirements, sla_life
from router.domain.commands import EndWrapUp, PickWork, RequeueWork, WorkClosed, WorkRequested
from router.domain.events import (
    AssignmentEnded,
    ConsultEnded,
    Refusal,
    WorkDone,
    WorkQueued,
    WorkRequeued,
    WrapUpStarted,
)
from router.domain.floor import Floor
from router.domain.model import (
    NONE,
    Agent,
    Assignment,
    OfferOutcome,
    QueueMode,
    WorkItem,
    WorkState,
)
from router.domain.offers import assign, end_offer
from router.domain.policies import MAX_WRAP_UP_MS, OverflowAction, WrapUp
from router.domain.rules import Route, route
from router.domain.signatures import has_room
from router.domain.timers import ShortTimer

TURNED_AWAY = "turned_away"


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
    if not overflow.find_queue(floor, item):
        turn_away(floor, item)
        return None
    floor.emit(_queued(floor, item))
    floor.enqueue(item)
    sla_life.begin(floor, item, way.policy, command)
    floor.state.forget_closed(item.case_id)
    return None


def turn_away(floor: Floor, item: WorkItem) -> None:
    """Overflow ended the work; it must not be waiting."""
    item.closed_at, item.close_reason = floor.now, TURNED_AWAY
    sla_life.close(floor, item, TURNED_AWAY, floor.now)
    floor.figures.abandoned(item.queue, floor.now)
    finish(floor, item)


def overflow_due(floor: Floor, case_id: str) -> None:
    """The work waited too long in its queue; each step is taken once."""
    item = floor.state.work[case_id]
    after = floor.queue_of(item).overflow_after[item.overflow_step]
    item.overflow_step += 1
    floor.work_changed(item)
    before = item.queue
    acted = overflow.act(floor, item, after.overflow, overflow.WAITED)
    if acted and after.overflow.action is OverflowAction.END:
        floor.waiting.remove(item)
        turn_away(floor, item)
    elif item.queue != before:
        floor.waiting.remove(item)
        item.queued_at, item.overflow_step = floor.now, 0
        if after.overflow.action is OverflowAction.FALLBACK or overflow.find_queue(floor, item):
            floor.enqueue(item)
        else:
            turn_away(floor, item)
    else:
        floor.timers.arm(ShortTimer.OVERFLOW, case_id)


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
        item.declines, item.excluded_agents, item.auto_offer_stopped = NONE, (), False
    if command.queue is not None and command.queue != item.queue:
        item.queue, item.visited, item.overflow_step = command.queue, (), 0
    by, as_supervisor = command.agent_id or command.supervisor, command.agent_id is None
    requeue(floor, item, command.note or "requeued", by, as_supervisor)
    return None


def requeue(floor: Floor, item: WorkItem, reason: str, by: str | None = None, as_supervisor: bool = False) -> None:
    """The work waits again at its original age. Nobody may hold it by an offer, and it must not be waiting."""
    agent_id = end_assignment(floor, item, "requeued")
    item.last_agent = agent_id or item.last_agent
    item.queued_at = floor.now
    floor.emit(WorkRequeued(item.case_id, floor.now, item.queue, agent_id, reason, by, as_supervisor))
    floor.enqueue(item)


def wait_anew(floor: Floor, item: WorkItem) -> None:
    """Its wait clock begins again; age and SLA clocks go on."""
    item.queued_at = item.relaxing_since = floor.now
    item.visited, item.overflow_step, item.promised_at = (), 0, None


def work_closed(floor: Floor, command: WorkClosed) -> Refusal | None:
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    if item.state is WorkState.WRAPPING:
        return Refusal("work_closed", f"The work of case {command.case_id} is closed and wrapping up.")
    item.closed_at, item.close_reason = floor.now, command.reason
    sla_life.close(floor, item, command.reason, command.at)
    if item.state is WorkState.QUEUED:
        floor.waiting.remove(item)
    elif item.state is WorkState.OFFERED:
        end_offer(floor, item, OfferOutcome.WITHDRAWN, "closed")
    if item.assignments_made == 0:
        floor.figures.abandoned(item.queue, floor.now)
    wrap_up_ms = _wrap_up_ms(floor, item)
    if item.assignment is not None and wrap_up_ms > 0:
        _start_wrap_up(floor, item, item.assignment, floor.now + wrap_up_ms)
    else:
        finish(floor, item)
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
    finish(floor, item)


def _work_item(floor: Floor, command: WorkRequested, way: Route) -> WorkItem:
    created_at = command.original_created_at if floor.config.reopened_keeps_age else None
    units, also = floor.units[command.channel_class]
    return WorkItem(
        case_id=command.case_id,
        state=WorkState.QUEUED,
        queue=way.queue,
        channel=command.channel,
        channel_class=command.channel_class,
        units=units,
        also=also,
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
        last_agent=way.last_agent,
        sla_policy=way.policy.name if way.policy is not None else None,
        steps=way.steps,
        relaxing_since=floor.now,
        step_fallback=way.fallback,
        wrote_at=command.requested_at,
        sequence=max(command.sequence or 0, floor.state.last_command(command.case_id) or 0),
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
    if not all(requirements.meets(agent.agent_id, agent.skills, required) for required in item.skills):
        return Refusal("agent_unskilled", f"Agent {agent.agent_id} lacks a skill that case {item.case_id} requires.")
    if not has_room(agent, floor.signatures.of(item)):
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


def _wrap_up_ms(floor: Floor, item: WorkItem) -> int:
    """An agent who parked the work has left it already."""
    queue = floor.queue_of(item)
    if item.parked_at is not None:
        return 0
    return queue.wrap_up_ms or MAX_WRAP_UP_MS if queue.wrap_up is WrapUp.UNTIL_ENDED else queue.wrap_up_ms


def _start_wrap_up(floor: Floor, item: WorkItem, assignment: Assignment, until: int) -> None:
    item.state = WorkState.WRAPPING
    assignment.wrap_until = until
    floor.timers.arm(ShortTimer.WRAP_UP, item.case_id)
    floor.work_changed(item)
    floor.emit(WrapUpStarted(item.case_id, floor.now, assignment.agent_id, until))


def finish(floor: Floor, item: WorkItem) -> None:
    agent_id = end_assignment(floor, item, item.close_reason or "closed")
    item.state = WorkState.DONE
    del floor.state.work[item.case_id]
    floor.state.remember_closed(item.case_id, item.closed_at or floor.now, item.answered_at, item.clocks, item.sequence)
    floor.work_changed(item)
    floor.emit(WorkDone(item.case_id, floor.now, item.queue, agent_id, item.close_reason or "closed"))


def end_assignment(floor: Floor, item: WorkItem, reason: str) -> str | None:
    assignment, item.assignment = item.assignment, None
    if assignment is None:
        return None
    for agent_id, kind in item.consults:
        floor.emit(ConsultEnded(item.case_id, floor.now, agent_id, kind))
    item.consults = ()
    floor.release(floor.state.agents[assignment.agent_id], item)
    floor.emit(AssignmentEnded(item.case_id, floor.now, assignment.assignment_id, assignment.agent_id, reason))
    return assignment.agent_id
