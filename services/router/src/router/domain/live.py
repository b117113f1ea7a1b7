"""What the queues look like at this instant."""

from collections import Counter
from dataclasses import dataclass, field

from router.domain.figures import WINDOWS_MINUTES, Tally
from router.domain.floor import Floor
from router.domain.model import Agent, Presence


@dataclass(frozen=True, slots=True)
class QueueView:
    """`occupancy` is the share of the present agents' capacity in use. `over` has the last 15 minutes, hour and day."""

    queue: str
    waiting: int
    oldest_wait_ms: int | None
    agents: dict[Presence, int]
    is_closed: bool = False
    occupancy: float | None = None
    over: dict[int, Tally] = field(default_factory=dict)


def view_queues(floor: Floor) -> list[QueueView]:
    return [_view_queue(floor, queue) for queue in sorted(floor.config.queues)]


def _view_queue(floor: Floor, queue: str) -> QueueView:
    since = floor.waiting.waiting_since(queue)
    agents = [floor.state.agents[agent_id] for agent_id in floor.ready.members(queue)]
    presences = Counter(agent.presence for agent in agents)
    return QueueView(
        queue=queue,
        waiting=floor.waiting.count(queue),
        oldest_wait_ms=None if since is None else max(0, floor.now - since),
        agents={presence: presences[presence] for presence in Presence},
        is_closed=queue in floor.closed,
        occupancy=_occupancy(agents),
        over={minutes: floor.figures.over(queue, floor.now, minutes) for minutes in WINDOWS_MINUTES},
    )


def _occupancy(agents: list[Agent]) -> float | None:
    present = [agent for agent in agents if not agent.presence.absent]
    room = sum(sum(agent.capacity.values()) for agent in present)
    return sum(sum(agent.used.values()) for agent in present) / room if room else None
