"""Agents who could take work now, in the order in which each queue asks them."""

from collections.abc import Iterable, Iterator, Mapping, Set
from heapq import heapify, heappop, heappush

from router.domain.config import QueueConfig
from router.domain.marks import NOBODY, Mark, has_room, ring_of
from router.domain.model import Agent, AssignmentMethod, Presence
from router.domain.requirements import proficiency

MAX_LINES = 64

Turn = tuple[int, int, int, int, str]
_Entry = tuple[int, int, int, int, str, int]


def turn(queue: QueueConfig, agent: Agent, mark: Mark) -> Turn:
    """An agent's place among those who may take this work; lower is asked first. The agent id breaks ties.

    The earlier ring, then where the queue says so the higher proficiency, then the queue's method.
    """
    ring, agent_id = ring_of(agent, mark), agent.agent_id
    if ring == NOBODY:
        ring = len(mark.rings)
    match queue.method:
        case AssignmentMethod.LONGEST_IDLE:
            return ring, 0, agent.idle_since, 0, agent_id
        case AssignmentMethod.MOST_CAPACITY:
            return ring, 0, -agent.room(mark.channel_class), agent.idle_since, agent_id
        case AssignmentMethod.ROUND_ROBIN:
            return ring, 0, agent.last_offered_at, 0, agent_id
        case AssignmentMethod.LEAST_ACTIVE:
            return ring, 0, sum(agent.active.values()), agent.idle_since, agent_id
        case AssignmentMethod.BEST_SKILL:
            return (
                ring,
                -proficiency(agent.skills, mark.rings[min(ring, len(mark.rings) - 1)]),
                agent.idle_since,
                0,
                agent_id,
            )


def is_there(agent: Agent, mark: Mark) -> bool:
    return agent.lost_at is None and agent.presence_for(mark.channel_class) is Presence.AVAILABLE


def _has_any_room(agent: Agent) -> bool:
    used = agent.used
    for name, units in agent.capacity.items():  # noqa: SIM110 (hot: a generator takes twice as long)
        if units > used.get(name, 0):
            return True
    return False


class ReadyAgents:
    """A line per queue and mark, made when work first asks for it.

    Lines are heaps. An agent who changed is not looked for in them: the stamp tells old entries, which go when they are met.
    """

    def __init__(self, queues: Mapping[str, QueueConfig], agents: Mapping[str, Agent]) -> None:
        self._queues = queues
        self._agents = agents
        self._members: dict[str, set[str]] = {name: set() for name in queues}
        self._lines: dict[str, dict[Mark, list[_Entry]]] = {name: {} for name in queues}
        self._stamps: dict[str, int] = {}
        self._joined: dict[str, tuple[str, ...]] = {}
        self._changed: set[str] = set(agents)

    def changed(self, agent_id: str) -> None:
        """Lines follow at the next look, so that an agent who gets work at once never stands in one."""
        self._changed.add(agent_id)
        self._stamps[agent_id] = self._stamps.get(agent_id, 0) + 1

    def members(self, queue: str) -> Iterable[str]:
        self._follow()
        return self._members.get(queue, ())

    def line(self, queue: str, mark: Mark, freed: Set[str]) -> Iterator[Agent]:
        """In turn, those who are there with room and skills. To be used up or dropped before anything changes.

        The `freed` look for work of their own after this: they stand in no line until they found none.
        """
        self._follow(freed)
        lines = self._lines[queue]
        line = lines.get(mark)
        if line is None:
            line = self._make_line(queue, mark)
        return self._walk(line)

    def _walk(self, line: list[_Entry]) -> Iterator[Agent]:
        met: list[_Entry] = []
        try:
            while line:
                entry = line[0]
                if self._stamps.get(entry[4], 0) == entry[5]:
                    yield self._agents[entry[4]]
                    met.append(entry)
                heappop(line)
        finally:
            for entry in met:
                heappush(line, entry)

    def _make_line(self, queue: str, mark: Mark) -> list[_Entry]:
        lines = self._lines[queue]
        if len(lines) >= MAX_LINES:
            del lines[next(iter(lines))]
        line = lines[mark] = []
        for agent_id in self._members[queue]:
            self._stand(queue, mark, line, self._agents[agent_id])
        return line

    def _stand(self, queue: str, mark: Mark, line: list[_Entry], agent: Agent) -> None:
        if is_there(agent, mark) and has_room(agent, mark) and ring_of(agent, mark) != NOBODY:
            heappush(line, (*turn(self._queues[queue], agent, mark), self._stamps.get(agent.agent_id, 0)))

    def _follow(self, but: Set[str] = frozenset()) -> None:
        if not self._changed:
            return
        changed, self._changed = self._changed - but, self._changed & but
        for agent_id in changed:
            agent = self._agents.get(agent_id)
            queues = agent.queues if agent is not None else ()
            if self._joined.get(agent_id, ()) != queues:
                self._join(agent_id, queues)
            if agent is not None and _has_any_room(agent):
                self._stand_everywhere(agent)

    def _stand_everywhere(self, agent: Agent) -> None:
        for queue in agent.queues:
            for mark, line in self._lines.get(queue, _NONE).items():
                self._stand(queue, mark, line, agent)
                if len(line) > 2 * len(self._members[queue]) + 64:
                    self._tidy(line)

    def _tidy(self, line: list[_Entry]) -> None:
        line[:] = [entry for entry in line if self._stamps.get(entry[4], 0) == entry[5]]
        heapify(line)

    def _join(self, agent_id: str, queues: tuple[str, ...]) -> None:
        for queue in self._joined.pop(agent_id, ()):
            if queue in self._members:
                self._members[queue].discard(agent_id)
        for queue in queues:
            if queue in self._members:
                self._members[queue].add(agent_id)
        if queues:
            self._joined[agent_id] = queues


_NONE: dict[Mark, list[_Entry]] = {}
