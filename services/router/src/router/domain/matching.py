"""Who takes what. Work that just began to wait looks for an agent; an agent who just got room looks for work.

At rest no waiting item has an eligible agent with room. So a decision only has to match what it queued and whom it freed.
"""

from collections import deque
from itertools import chain

from router.domain.floor import Floor
from router.domain.model import Agent, Presence, QueueMode, WorkItem, WorkState
from router.domain.offers import hand_out
from router.domain.ordered import Key, SortedKeys
from router.domain.ready import AgentOrder, agent_order, open_classes
from router.domain.signatures import NOBODY, Signature, has_room, ring_of, shares_agent
from router.domain.waiting import Lines, ageing, order_key, priority_at

Order = tuple[int, int, int, str]


def match(floor: Floor) -> None:
    if floor.queued:
        _match_queued(floor)
    if floor.freed:
        _match_freed(floor)


def obstacle(floor: Floor, item: WorkItem, agent: Agent) -> str | None:
    """The first reason why the agent cannot take the item now; None when nothing is in the way."""
    signature = floor.signatures.of(item)
    step = signature.step if signature.agent_id is not None else None
    if step is not None and agent.agent_id != signature.agent_id:
        return "another_agent_is_preferred"
    if item.queue in floor.closed:
        return "queue_closed"
    if item.queue not in agent.queues and (step is None or step.respects_skills):
        return "not_in_queue"
    away = _absence(agent, signature, step is not None and not step.respects_presence)
    if away is not None:
        return away
    if ring_of(agent, signature) == NOBODY:
        return "unskilled"
    if is_excluded(floor, item, agent.agent_id):
        return "excluded"
    if has_room(agent, signature) or (step is not None and not step.respects_capacity):
        return None
    return "exclusive" if not shares_agent(agent, signature) and signature.contested else "no_capacity"


def is_excluded(floor: Floor, item: WorkItem, agent_id: str) -> bool:
    """Declined too often, or gave the work back."""
    if not item.declines and not item.excluded_agents:
        return False
    declines = item.declines.get(agent_id, 0)
    return declines >= floor.queue_of(item).max_declines_per_agent or agent_id in item.excluded_agents


def order_of_work(floor: Floor, item: WorkItem) -> Order:
    """The one order in which work is served, over all queues: lower comes first."""
    queue = floor.queue_of(item)
    rate = ageing(queue, item)
    key = order_key(rate, item, floor.signatures.of(item))
    return queue.priority, priority_at(rate, key, floor.now), item.aged_from, item.case_id


def order_of_agents(floor: Floor, item: WorkItem, agent: Agent) -> tuple[int, bool, AgentOrder]:
    """The one order in which agents are asked: those preferred, then who has not declined, then by ring and method."""
    return _preference(item, agent.agent_id), agent.agent_id in item.declines, _turn(floor, item, agent)


def _turn(floor: Floor, item: WorkItem, agent: Agent) -> AgentOrder:
    return agent_order(floor.queue_of(item), agent, floor.signatures.of(item))


def _preference(item: WorkItem, agent_id: str) -> int:
    names = preferred_of(item)
    return names.index(agent_id) if agent_id in names else len(names)


def preferred_of(item: WorkItem) -> tuple[str, ...]:
    return (item.last_agent, *item.preferred_agents) if item.last_agent else item.preferred_agents


def _absence(agent: Agent, signature: Signature, offline_only: bool) -> str | None:
    presence = agent.presence_for(signature.channel_class)
    if presence is Presence.OFFLINE or (presence is Presence.AWAY and not offline_only):
        return "absent"
    if presence is not Presence.AVAILABLE and not offline_only:
        return "busy"
    return "heartbeat_lost" if agent.lost_at is not None else None


def _match_queued(floor: Floor) -> None:
    """Freed agents are left out: older work may be waiting for them."""
    work = floor.state.work
    items = [work[case_id] for case_id in floor.queued if case_id in work]
    floor.queued.clear()
    if len(items) > 1:
        items.sort(key=lambda item: order_of_work(floor, item))
    for item in items:
        if item.state is WorkState.QUEUED and not item.auto_offer_stopped:
            agent = _agent_for(floor, item)
            if agent is not None:
                hand_out(floor, item, agent)


def _agent_for(floor: Floor, item: WorkItem) -> Agent | None:
    """Preferred agents, then in turn those who have not declined this item, then in turn those who may be asked again."""
    signature = floor.signatures.of(item)
    if signature.agent_id is not None:
        agent = floor.state.agents.get(signature.agent_id)
        return agent if agent is not None and _is_free(floor, item, agent) else None
    if floor.queue_of(item).mode is QueueMode.PICK or item.queue in floor.closed:
        return None
    again: Agent | None = None
    in_turn = floor.ready.line(item.queue, signature, floor.freed)
    for agent in chain(_preferred(floor, item), in_turn) if item.last_agent or item.preferred_agents else in_turn:
        if agent.agent_id in floor.freed or is_excluded(floor, item, agent.agent_id):
            continue
        if agent.agent_id not in item.declines:
            return agent
        again = again or agent
    return again


def _preferred(floor: Floor, item: WorkItem) -> list[Agent]:
    agents = [floor.state.agents[name] for name in preferred_of(item) if name in floor.state.agents]
    return [agent for agent in agents if _is_free(floor, item, agent)]


def _is_free(floor: Floor, item: WorkItem, agent: Agent) -> bool:
    return agent.agent_id not in floor.freed and obstacle(floor, item, agent) is None


def _match_freed(floor: Floor) -> None:
    """One item each, the longest idle first, until nobody who was freed can take more."""
    agents = [floor.state.agents[agent_id] for agent_id in floor.freed if agent_id in floor.state.agents]
    if len(agents) > 1:
        agents.sort(key=lambda agent: (agent.idle_since, agent.agent_id))
        _take_turns(floor, deque(agents))
    elif agents:
        while (item := _work_for(floor, agents[0])) is not None:
            hand_out(floor, item, agents[0])
    floor.freed.clear()


def _take_turns(floor: Floor, line: deque[Agent]) -> None:
    while line:
        agent = line.popleft()
        item = _work_for(floor, agent)
        if item is None:
            continue
        taker = _better_placed(floor, item, agent, line) if line else agent
        hand_out(floor, item, taker)
        line.append(agent)


def _better_placed(floor: Floor, item: WorkItem, agent: Agent, others: deque[Agent]) -> Agent:
    """Of several agents freed at once, the one whom the queue would ask first, unless their own best work is another's."""
    able = [other for other in others if obstacle(floor, item, other) is None]
    best = min([agent, *able], key=lambda other: order_of_agents(floor, item, other))
    return best if best is agent or _work_for(floor, best) is item else agent


def _work_for(floor: Floor, agent: Agent) -> WorkItem | None:
    """The best head of the lines that the agent suits, over all of the agent's queues, or work that waits for the agent."""
    best = _awaiting(floor, agent) if agent.agent_id in floor.waiting.awaiting else None
    classes = open_classes(agent)
    for queue in floor.queues_of(agent) if classes else ():
        if best is not None and queue.priority > best[0]:
            break
        if queue.name in floor.closed:
            continue
        backlog = floor.waiting.backlogs[queue.name]
        for channel_class in classes:
            for lines in backlog.offerable(channel_class):
                best = _better(floor, agent, queue.priority, lines, best)
    return floor.state.work[best[3]] if best is not None else None


def _awaiting(floor: Floor, agent: Agent) -> Order | None:
    items = (floor.state.work[case_id] for case_id in floor.waiting.awaiting[agent.agent_id])
    orders = (order_of_work(floor, item) for item in items if obstacle(floor, item, agent) is None)
    return min(orders, default=None)


def _better(floor: Floor, agent: Agent, priority: int, lines: Lines, best: Order | None) -> Order | None:
    aged, rings = lines.rate * floor.now, agent.rings
    for head in lines.heads:
        signature = head[3]
        ring = rings.get(signature)
        if ring is None:
            ring = ring_of(agent, signature)
        if ring == NOBODY or not (signature.is_light or has_room(agent, signature)):
            continue
        found = (priority, head[0] - aged, head[1], head[2])
        if best is not None and best < found:
            break
        item = floor.state.work[head[2]]
        if not (item.declines or item.excluded_agents):
            return found
        key = _first_allowed(floor, agent, lines.lines[signature])
        if key is not None:
            found = (priority, key[0] - aged, key[1], key[2])
            best = found if best is None or found < best else best
    return best


def _first_allowed(floor: Floor, agent: Agent, keys: SortedKeys) -> Key | None:
    for key in keys:
        if not is_excluded(floor, floor.state.work[key[2]], agent.agent_id):
            return key
    return None
