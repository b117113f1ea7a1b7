"""Agents who could take work now, in the order in which each queue asks them."""

from collections.abc import Iterable, Iterator, Mapping, Set
from heapq import heapify, heappop, heappush

from router.domain.config import QueueConfig
from router.domain.model import Agent, AssignmentMethod, Presence
from router.domain.requirements import proficiency
from router.domain.signatures import NOBODY, Signature, has_room, ring_of

MAX_LINES = 64

AgentOrder = tuple[int, int, int, int, str]
_Entry = tuple[int, int, int, int, str, int]


def agent_order(queue: QueueConfig, agent: Agent, signature: Signature) -> AgentOrder:
    """An agent's place among those who may take this work; lower is asked first. The agent id breaks ties.

    The earlier ring, then where the queue says so the higher proficiency, then the queue's method.
    """
    ring, agent_id = ring_of(agent, signature), agent.agent_id
    if ring == NOBODY:
        ring = len(signature.rings)
    match queue.method:
        case AssignmentMethod.LONGEST_IDLE:
            return ring, 0, agent.idle_since, 0, agent_id
        case AssignmentMethod.MOST_CAPACITY:
            return ring, 0, -agent.room(signature.channel_class), agent.idle_since, agent_id
        case AssignmentMethod.ROUND_ROBIN:
            return ring, 0, agent.last_offered_at, 0, agent_id
        case AssignmentMethod.LEAST_ACTIVE:
            return ring, 0, sum(agent.active.values()), agent.idle_since, agent_id
        case AssignmentMethod.BEST_SKILL:
            return (
                ring,
                -proficiency(agent.skills, signature.rings[min(ring, len(signature.rings) - 1)]),
                agent.idle_since,
                0,
                agent_id,
            )


def is_there(agent: Agent, signature: Signature) -> bool:
    return agent.lost_at is None and agent.presence_for(signature.channel_class) is Presence.AVAILABLE


def _has_any_room(agent: Agent) -> bool:
    used = agent.used
    for name, units in agent.capacity.items():  # noqa: SIM110 (hot: a generator takes twice as long)
        if units > used.get(name, 0):
            return True
    return False


class ReadyAgents:
    """A line per queue and signature, made when work first asks for it.

    Lines are heaps. An agent who changed is not looked for in them: the stamp tells old entries, which go when they are met.
    """

    def __init__(self, queues: Mapping[str, QueueConfig], agents: Mapping[str, Agent]) -> None:
        self._queues = queues
        self._agents = agents
        self._members: dict[str, set[str]] = {name: set() for name in queues}
        self._lines: dict[str, dict[Signature, list[_Entry]]] = {name: {} for name in queues}
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

    def line(self, queue: str, signature: Signature, freed: Set[str]) -> Iterator[Agent]:
        """In turn, those who are there with room and skills. To be used up or dropped before anything changes.

        The `freed` look for work of their own after this: those who changed stand in no line until they found none.
        """
        self._follow(freed)
        lines = self._lines[queue]
        line = lines.get(signature)
        if line is None:
            line = self._make_line(queue, signature)
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

    def _make_line(self, queue: str, signature: Signature) -> list[_Entry]:
        lines = self._lines[queue]
        if len(lines) >= MAX_LINES:
            del lines[next(iter(lines))]
        line = lines[signature] = []
        for agent_id in self._members[queue]:
            self._stand(queue, signature, line, self._agents[agent_id])
        return line

    def _stand(self, queue: str, signature: Signature, line: list[_Entry], agent: Agent) -> None:
        if is_there(agent, signature) and has_room(agent, signature) and ring_of(agent, signature) != NOBODY:
            heappush(line, (*agent_order(self._queues[queue], agent, signature), self._stamps.get(agent.agent_id, 0)))

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
            for signature, line in self._lines.get(queue, _NONE).items():
                self._stand(queue, signature, line, agent)
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


_NONE: dict[Signature, list[_Entry]] = {}
