"""Agents who could take work now, in the order in which each queue asks them."""

from collections.abc import Iterable, Iterator, Mapping

from router.domain.config import QueueConfig
from router.domain.model import Agent, AssignmentMethod, ChannelClass, Presence, SkillNeed
from router.domain.ordered import Key, SortedKeys

ANY_SKILL = ""

_Place = tuple[str, ChannelClass, str]


def turn(queue: QueueConfig, agent: Agent, channel_class: ChannelClass) -> Key:
    """An agent's place in line; lower is asked first and the agent id breaks ties."""
    match queue.method:
        case AssignmentMethod.MOST_CAPACITY:
            return -agent.room(channel_class), agent.idle_since, agent.agent_id
        case AssignmentMethod.ROUND_ROBIN:
            return agent.last_offered_at, 0, agent.agent_id
        case AssignmentMethod.LEAST_ACTIVE:
            return len(agent.held), agent.idle_since, agent.agent_id
        case _:
            return agent.idle_since, 0, agent.agent_id


class ReadyAgents:
    """Lines by queue, channel class and skill. A line for a skill is made when work first asks for that skill there."""

    def __init__(self, queues: Mapping[str, QueueConfig], agents: Mapping[str, Agent]) -> None:
        self._queues = queues
        self._agents = agents
        self._members: dict[str, set[str]] = {name: set() for name in queues}
        self._lines: dict[_Place, SortedKeys] = {}
        self._skills: dict[tuple[str, ChannelClass], list[str]] = {}
        self._standing: dict[str, dict[_Place, Key]] = {}
        self._joined: dict[str, tuple[str, ...]] = {}
        self._changed: set[str] = set(agents)

    def changed(self, agent_id: str) -> None:
        """Lines follow at the next look, so that an agent who gets work at once never stands in one."""
        self._changed.add(agent_id)

    def members(self, queue: str) -> Iterable[str]:
        self._follow()
        return self._members.get(queue, ())

    def line(self, queue: str, channel_class: ChannelClass, skills: tuple[SkillNeed, ...]) -> Iterator[str]:
        """Agents with room for the class, in turn; the shortest line of the required skills. Levels are not checked."""
        self._follow()
        places = [(queue, channel_class, need.name) for need in skills] or [(queue, channel_class, ANY_SKILL)]
        lines = [self._lines[place] if place in self._lines else self._make_line(place) for place in places]
        return (key[2] for key in min(lines, key=len))

    def _make_line(self, place: _Place) -> SortedKeys:
        queue, channel_class, skill = place
        line = self._lines[place] = SortedKeys()
        self._skills.setdefault((queue, channel_class), []).append(skill)
        for agent_id in self._members[queue]:
            agent = self._agents[agent_id]
            if self._is_ready(agent, channel_class) and (skill == ANY_SKILL or skill in agent.skills):
                key = self._standing.setdefault(agent_id, {})[place] = turn(self._queues[queue], agent, channel_class)
                line.add(key)
        return line

    def _is_ready(self, agent: Agent, channel_class: ChannelClass) -> bool:
        return agent.room(channel_class) > 0 and agent.presence_for(channel_class) is Presence.AVAILABLE

    def _follow(self) -> None:
        changed, self._changed = self._changed, set()
        for agent_id in changed:
            agent = self._agents.get(agent_id)
            queues = agent.queues if agent is not None else ()
            if self._joined.get(agent_id, ()) != queues:
                self._join(agent_id, queues)
            if agent is not None:
                self._stand(agent)
            else:
                self._move(agent_id, {})

    def _join(self, agent_id: str, queues: tuple[str, ...]) -> None:
        for queue in self._joined.pop(agent_id, ()):
            if queue in self._members:
                self._members[queue].discard(agent_id)
        for queue in queues:
            if queue in self._members:
                self._members[queue].add(agent_id)
        if queues:
            self._joined[agent_id] = queues

    def _stand(self, agent: Agent) -> None:
        self._move(agent.agent_id, dict(self._places(agent)))

    def _places(self, agent: Agent) -> Iterator[tuple[_Place, Key]]:
        for channel_class in agent.capacity:
            if not self._is_ready(agent, channel_class):
                continue
            for name in agent.queues:
                skills = self._skills.get((name, channel_class))
                queue = self._queues.get(name)
                if skills is None or queue is None:
                    continue
                key = turn(queue, agent, channel_class)
                for skill in skills:
                    if skill == ANY_SKILL or skill in agent.skills:
                        yield (name, channel_class, skill), key

    def _move(self, agent_id: str, new: dict[_Place, Key]) -> None:
        old = self._standing.get(agent_id, {})
        if old == new:
            return
        for place, key in old.items():
            if new.get(place) != key:
                self._lines[place].remove(key)
        for place, key in new.items():
            if old.get(place) != key:
                self._lines[place].add(key)
        if new:
            self._standing[agent_id] = new
        else:
            self._standing.pop(agent_id, None)
