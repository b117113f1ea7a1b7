"""How much of an agent's capacity is in use. What it counts follows from the work held, now and after a restart."""

from collections.abc import Iterable

from router.domain.model import Agent, ChannelClass, WorkItem


def add(agent: Agent, item: WorkItem) -> None:
    _count(agent, item, 1)


def subtract(agent: Agent, item: WorkItem) -> None:
    _count(agent, item, -1)
    if agent.excess:
        limit_excess(agent)


def hold(agent: Agent, item: WorkItem) -> None:
    """Counts work that the agent has by the store."""
    agent.held.add(item.case_id)
    if item.parked_at is None:
        add(agent, item)


def limit_excess(agent: Agent) -> None:
    agent.excess = {name: -agent.room(name) for name in agent.used if agent.room(name) < 0}


def units_of(held: Iterable[WorkItem]) -> dict[ChannelClass, int]:
    """What so much work takes: of its own channel class and of others; nothing while it is parked."""
    used: dict[ChannelClass, int] = {}
    for item in held:
        if item.parked_at is None:
            for name, units in ((item.channel_class, item.units), *item.also):
                used[name] = used.get(name, 0) + units
    return used


def _count(agent: Agent, item: WorkItem, times: int) -> None:
    name, used = item.channel_class, agent.used
    agent.active[name] = agent.active.get(name, 0) + times
    used[name] = used.get(name, 0) + times * item.units
    for other, units in item.also:
        used[other] = used.get(other, 0) + times * units
