"""Who takes what. Work that just began to wait looks for an agent; an agent who just got room looks for work.

At rest no waiting item has an eligible agent with room. So a decision only has to match what it queued and whom it freed.
"""

from collections import deque
from collections.abc import Iterable, Iterator

from router.domain.floor import Floor
from router.domain.model import Agent, AssignmentMethod, ChannelClass, Presence, QueueMode, WorkItem, WorkState
from router.domain.offers import give
from router.domain.ordered import Key, SortedKeys
from router.domain.waiting import priority_at, standing


def match(floor: Floor) -> None:
    _match_queued(floor)
    _match_freed(floor)


def obstacle(floor: Floor, item: WorkItem, agent: Agent) -> str | None:
    """The first reason why the agent cannot take the item now; None when nothing is in the way."""
    presence = agent.presence_for(item.channel_class)
    if item.queue not in agent.queues:
        return "not_in_queue"
    if presence is not Presence.AVAILABLE:
        return "absent" if presence.absent else "busy"
    if not agent.meets(item.skills):
        return "unskilled"
    if is_excluded(floor, item, agent.agent_id):
        return "excluded"
    return "no_capacity" if agent.room(item.channel_class) < item.units else None


def is_excluded(floor: Floor, item: WorkItem, agent_id: str) -> bool:
    """Declined too often, or gave the work back."""
    if not item.declines and not item.excluded_agents:
        return False
    declines = item.declines.get(agent_id, 0)
    return declines >= floor.queue_of(item).max_declines_per_agent or agent_id in item.excluded_agents


def _match_queued(floor: Floor) -> None:
    """Freed agents are left out: older work may be waiting for them."""
    items = [floor.state.work[case_id] for case_id in floor.queued if case_id in floor.state.work]
    floor.queued.clear()
    for item in sorted(items, key=lambda item: _total_order(floor, item)):
        if item.state is WorkState.QUEUED and not item.auto_offer_stopped:
            agent = _agent_for(floor, item)
            if agent is not None:
                give(floor, item, agent)


def _total_order(floor: Floor, item: WorkItem) -> tuple[int, float, int, str]:
    queue = floor.queue_of(item)
    key = standing(queue, item)
    return queue.priority, priority_at(queue, key, floor.now), item.aged_from, item.case_id


def _agent_for(floor: Floor, item: WorkItem) -> Agent | None:
    """Preferred agents, then in turn those who have not declined this item, then in turn those who may be asked again."""
    if floor.queue_of(item).mode is QueueMode.PICK:
        return None
    again: Agent | None = None
    for agent in _candidates(floor, item):
        if agent.agent_id not in item.declines:
            return agent
        again = again or agent
    return again


def _candidates(floor: Floor, item: WorkItem) -> Iterator[Agent]:
    preferred = [item.last_agent, *item.preferred_agents] if item.last_agent else item.preferred_agents
    for agent_id in preferred:
        agent = floor.state.agents.get(agent_id)
        if agent is not None and _is_free(floor, item, agent):
            yield agent
    line = floor.ready.line(item.queue, item.channel_class, item.skills)
    in_turn = (floor.state.agents[agent_id] for agent_id in line)
    eligible = (agent for agent in in_turn if _is_free(floor, item, agent))
    if item.skills and floor.queue_of(item).method is AssignmentMethod.BEST_SKILL:
        yield from sorted(eligible, key=lambda agent: -_proficiency(item, agent))
    else:
        yield from eligible


def _is_free(floor: Floor, item: WorkItem, agent: Agent) -> bool:
    return agent.agent_id not in floor.freed and obstacle(floor, item, agent) is None


def _proficiency(item: WorkItem, agent: Agent) -> int:
    return sum(agent.skills[need.name] for need in item.skills)


def _match_freed(floor: Floor) -> None:
    """One item each, the longest idle first, until nobody who was freed can take more."""
    agents = [floor.state.agents[agent_id] for agent_id in floor.freed if agent_id in floor.state.agents]
    line = deque(sorted(agents, key=lambda agent: (agent.idle_since, agent.agent_id)))
    while line:
        agent = line.popleft()
        item = _work_for(floor, agent)
        if item is not None:
            give(floor, item, agent)
            line.append(agent)
    floor.freed.clear()


def _work_for(floor: Floor, agent: Agent) -> WorkItem | None:
    """The best head of the signatures that the agent satisfies, over all of the agent's queues."""
    classes = [name for name in agent.capacity if agent.room(name) > 0 and _is_available(agent, name)]
    known = (floor.config.queues[name] for name in agent.queues if name in floor.config.queues)
    best: tuple[int, float, int, str] | None = None
    for queue in sorted(known, key=lambda queue: queue.priority) if classes else ():
        if best is not None and queue.priority > best[0]:
            break
        key = _best_key(floor, agent, queue.name, classes)
        if key is not None:
            order = (queue.priority, priority_at(queue, key, floor.now), key[1], key[2])
            best = order if best is None else min(best, order)
    return floor.state.work[best[3]] if best is not None else None


def _best_key(floor: Floor, agent: Agent, queue: str, classes: Iterable[ChannelClass]) -> Key | None:
    best: Key | None = None
    for channel_class in classes:
        waiting, room = floor.waiting.offerable(queue, channel_class), agent.room(channel_class)
        for head, mark in waiting.heads:
            if best is not None and best < head:
                break
            units, skills = mark
            if units <= room and agent.meets(skills):
                key = _first_allowed(floor, agent, waiting.lines[mark])
                best = key if best is None else min(best, key or best)
    return best


def _is_available(agent: Agent, channel_class: ChannelClass) -> bool:
    return agent.presence_for(channel_class) is Presence.AVAILABLE


def _first_allowed(floor: Floor, agent: Agent, keys: SortedKeys) -> Key | None:
    for key in keys:
        if not is_excluded(floor, floor.state.work[key[2]], agent.agent_id):
            return key
    return None
