"""Whose presence and whose settings a replay takes from the recording."""

from collections.abc import Iterator, Sequence
from typing import Any

from contracts import routing
from madoguchi.simulate.read import House
from madoguchi.simulate.replay.recording import Moment
from madoguchi.simulate.replay.unfold import Story
from router.domain.commands import ConfigureAgent


def people(story: Story, house: House, baseline: House) -> Iterator[Moment]:
    """What was recorded of the agents, without what the house's folder says otherwise than the baseline.

    An agent whom only this house has keeps the hours of the colleague who serves most of the same queues.
    """
    before = {agent.agent_id: agent for agent in baseline.agents}
    now = {agent.agent_id: agent for agent in house.agents}
    pinned = {agent_id for agent_id in before | now if before.get(agent_id) != now.get(agent_id)}
    for moment in story.agents:
        data: Any = moment.data
        if not (isinstance(data, routing.ConfigureAgent | routing.RemoveAgent) and data.agent_id in pinned):
            yield moment
    seen = {agent_id for moment in story.agents if (agent_id := _comes_and_goes(moment)) is not None}
    for agent_id in sorted(now.keys() - before.keys() - seen):
        yield from _hours_of(
            _colleague(now[agent_id], [before[one] for one in sorted(seen & before.keys())]), agent_id, story
        )


def absent(story: Story, house: House) -> list[str]:
    """Agents of the house who never said that they are there."""
    seen = {_comes_and_goes(moment) for moment in story.agents}
    return sorted(agent.agent_id for agent in house.agents if agent.agent_id not in seen)


def _colleague(newcomer: ConfigureAgent, others: Sequence[ConfigureAgent]) -> str | None:
    best = max(others, key=lambda other: len(set(other.queues) & set(newcomer.queues)), default=None)
    return None if best is None else best.agent_id


def _hours_of(colleague: str | None, agent_id: str, story: Story) -> Iterator[Moment]:
    for moment in story.agents:
        data: Any = moment.data
        if colleague is not None and _comes_and_goes(moment) == colleague:
            yield moment._replace(data=data.model_copy(update={"agent_id": agent_id}))


def _comes_and_goes(moment: Moment) -> str | None:
    data: Any = moment.data
    return data.agent_id if isinstance(data, routing.SetPresence | routing.HeartbeatReceived) else None
