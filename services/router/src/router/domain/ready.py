"""Agents who could take work now, in the order in which each queue asks them."""

from collections.abc import Iterable, Iterator, Mapping, Set
from heapq import heapify, heappop, heappush

from router.domain.config import QueueConfig
from router.domain.model import Agent, AssignmentMethod, ChannelClass, Presence
from router.domain.requirements import proficiency
from router.domain.signatures import NOBODY, Signature, has_room, ring_of

MAX_LINES = 64
_ROOM = 64

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


def open_classes(agent: Agent) -> list[ChannelClass]:
    """What the agent could take more of now."""
    if agent.lost_at is not None:
        return []
    used, by_class, presence = agent.used, agent.presence_by_class, agent.presence
    return [
        name
        for name, units in agent.capacity.items()
        if units > used.get(name, 0) and by_class.get(name, presence) is Presence.AVAILABLE
    ]


class _Line:
    """Who stands in it, as a heap, and up to where it has read who changed."""

    __slots__ = ("entries", "read")

    def __init__(self, entries: list[_Entry], read: int) -> None:
        self.entries, self.read = entries, read
        heapify(entries)


class ReadyAgents:
    """A line per queue and signature, made when work first asks for it.

    Where much waits, hardly anybody has room: no line of a queue is looked at while none of its `open` agents could take more.

    Agents change more often than any one line is asked, so a line stands those who changed in it only when it is asked next: it
    reads on in the `news` of its queue. An agent who changed is not looked for in lines: the stamp tells old entries, which go
    when they are met.
    """

    def __init__(self, queues: Mapping[str, QueueConfig], agents: Mapping[str, Agent]) -> None:
        self._queues = queues
        self._agents = agents
        self._members: dict[str, set[str]] = {name: set() for name in queues}
        self._open: dict[str, set[str]] = {name: set() for name in queues}
        self._open_anywhere: set[str] = set()
        self._lines: dict[str, dict[Signature, _Line]] = {name: {} for name in queues}
        self._news: dict[str, list[str]] = {name: [] for name in queues}
        self._stamps: dict[str, int] = {}
        self._joined: dict[str, tuple[str, ...]] = {}
        self._changed: set[str] = set(agents)

    def changed(self, agent_id: str) -> None:
        """Lines follow at the next look, so that an agent who gets work at once never stands in one."""
        if agent_id not in self._changed:
            self._changed.add(agent_id)
            self._stamps[agent_id] = self._stamps.get(agent_id, 0) + 1

    def members(self, queue: str) -> Iterable[str]:
        self._follow()
        return self._members.get(queue, ())

    def line(self, queue: str, signature: Signature, freed: Set[str]) -> Iterator[Agent]:
        """In turn, those who are there with room and skills. To be used up or dropped before anything changes.

        The `freed` look for work of their own after this: those who changed stand in no line until they found none.
        """
        if self._changed:
            self._follow(freed)
        if not self._open[queue]:
            return iter(())
        line = self._lines[queue].get(signature)
        if line is None:
            line = self._make_line(queue, signature)
        elif line.read < len(self._news[queue]):
            self._read_on(queue, signature, line)
        return self._walk(line.entries) if line.entries else iter(())

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

    def _make_line(self, queue: str, signature: Signature) -> _Line:
        lines = self._lines[queue]
        if len(lines) >= MAX_LINES:
            del lines[next(iter(lines))]
        entries = list(self._entries(queue, signature, self._open[queue]))
        line = lines[signature] = _Line(entries, len(self._news[queue]))
        return line

    def _read_on(self, queue: str, signature: Signature, line: _Line) -> None:
        news = self._news[queue]
        for entry in self._entries(queue, signature, self._open[queue].intersection(news[line.read :])):
            heappush(line.entries, entry)
        line.read = len(news)
        if len(line.entries) > 2 * len(self._members[queue]) + _ROOM:
            line.entries = [entry for entry in line.entries if self._stamps.get(entry[4], 0) == entry[5]]
            heapify(line.entries)

    def _entries(self, queue: str, signature: Signature, agent_ids: Iterable[str]) -> Iterator[_Entry]:
        for agent in map(self._agents.__getitem__, agent_ids):
            if agent.agent_id in self._changed:  # freed: looks for work first, and may have left this queue
                continue
            if is_there(agent, signature) and has_room(agent, signature) and ring_of(agent, signature) != NOBODY:
                stamp = self._stamps.get(agent.agent_id, 0)
                yield (*agent_order(self._queues[queue], agent, signature), stamp)

    def _follow(self, but: Set[str] = frozenset()) -> None:
        changed, self._changed = self._changed - but, self._changed & but
        for agent_id in changed:
            agent = self._agents.get(agent_id)
            queues = agent.queues if agent is not None else ()
            if self._joined.get(agent_id, ()) != queues:
                self._join(agent_id, queues)
            if agent is not None and open_classes(agent):
                self._open_up(agent_id)
            elif agent_id in self._open_anywhere:
                self._close_up(agent_id)

    def _open_up(self, agent_id: str) -> None:
        self._open_anywhere.add(agent_id)
        for queue in self._joined.get(agent_id, ()):
            if queue in self._open:
                self._open[queue].add(agent_id)
                self._tell(queue, agent_id)

    def _close_up(self, agent_id: str) -> None:
        self._open_anywhere.discard(agent_id)
        for queue in self._joined.get(agent_id, ()):
            if queue in self._open:
                self._open[queue].discard(agent_id)

    def _tell(self, queue: str, agent_id: str) -> None:
        """Lines that have not read half of much news are made anew when they are asked: that costs no more than to read on."""
        if not self._lines[queue]:
            return
        news = self._news[queue]
        news.append(agent_id)
        if len(news) > 2 * len(self._members[queue]) + _ROOM:
            half = len(news) // 2
            del news[:half]
            known = self._lines[queue].items()
            self._lines[queue] = {signature: line for signature, line in known if line.read >= half}
            for line in self._lines[queue].values():
                line.read -= half

    def _join(self, agent_id: str, queues: tuple[str, ...]) -> None:
        self._close_up(agent_id)
        for queue in self._joined.pop(agent_id, ()):
            if queue in self._members:
                self._members[queue].discard(agent_id)
        for queue in queues:
            if queue in self._members:
                self._members[queue].add(agent_id)
        if queues:
            self._joined[agent_id] = queues
