"""What must hold between two decisions. The simulation checks it at every step; it reads all work and all agents."""

from collections import defaultdict
from collections.abc import Iterator

from router.domain.engine import Engine
from router.domain.floor import Floor
from router.domain.matching import is_excluded, obstacle
from router.domain.model import ChannelClass, QueueMode, WorkState


def check(engine: Engine, now: int) -> list[str]:
    """One sentence per invariant that does not hold; empty is good."""
    floor = engine.floor
    floor.now = now
    return [
        *_places(floor),
        *_capacity(floor),
        *_offers(floor),
        *_idle(floor),
        *_waiting_index(floor),
        *_short_timers(floor, now),
    ]


def _places(floor: Floor) -> Iterator[str]:
    """Every open item is in exactly one of queued, offered, assigned, wrapping, and its agent knows of it."""
    holding: dict[str, list[str]] = defaultdict(list)
    for agent in floor.state.agents.values():
        for case_id in agent.held:
            holding[case_id].append(agent.agent_id)
    for item in floor.state.work.values():
        holders = holding.get(item.case_id, [])
        assigned = item.state in (WorkState.ASSIGNED, WorkState.WRAPPING)
        if item.state is WorkState.DONE:
            yield f"Case {item.case_id} is done and still among open work."
        if assigned != (item.assignment is not None):
            yield f"Case {item.case_id} is {item.state.value} but its assignment says otherwise."
        if holders != ([] if item.agent_id is None else [item.agent_id]):
            yield f"Case {item.case_id} ({item.state.value}) is with {item.agent_id} but held by {holders}."
        if (item.agent_id is None) != (item.state is WorkState.QUEUED):
            yield f"Case {item.case_id} is {item.state.value} with agent {item.agent_id}."


def _capacity(floor: Floor) -> Iterator[str]:
    for agent in floor.state.agents.values():
        used: dict[ChannelClass, int] = defaultdict(int)
        for case_id in agent.held:
            item = floor.state.work[case_id]
            used[item.channel_class] += item.units
        if used != {name: units for name, units in agent.used.items() if units}:
            yield f"Agent {agent.agent_id} counts {agent.used} in use but holds {dict(used)}."
        for name, units in used.items():
            if units > agent.capacity.get(name, 0) + agent.excess.get(name, 0):
                yield f"Agent {agent.agent_id} holds {units} units of {name.value}, more than the capacity."


def _offers(floor: Floor) -> Iterator[str]:
    """No offer to an absent, excluded or unskilled agent."""
    for item in floor.state.work.values():
        if item.offer is None:
            continue
        agent = floor.state.agents[item.offer.agent_id]
        if agent.presence_for(item.channel_class).absent:
            yield f"Case {item.case_id} is offered to absent agent {agent.agent_id}."
        if is_excluded(floor, item, agent.agent_id):
            yield f"Case {item.case_id} is offered to excluded agent {agent.agent_id}."
        if item.queue not in agent.queues or not agent.meets(item.skills):
            yield f"Case {item.case_id} is offered to unfit agent {agent.agent_id}."


def _idle(floor: Floor) -> Iterator[str]:
    """No waiting item while an eligible agent with room is idle."""
    for item in floor.state.work.values():
        if item.state is not WorkState.QUEUED or item.auto_offer_stopped:
            continue
        if floor.queue_of(item).mode is QueueMode.PICK:
            continue
        for agent in floor.state.agents.values():
            if obstacle(floor, item, agent) is None:
                yield f"Case {item.case_id} waits while agent {agent.agent_id} could take it."


def _waiting_index(floor: Floor) -> Iterator[str]:
    for queue in floor.config.queues:
        waiting = {
            item.case_id for item in floor.state.work.values() if item.queue == queue and item.state is WorkState.QUEUED
        }
        if floor.waiting.count(queue) != len(waiting):
            yield f"Queue {queue} counts {floor.waiting.count(queue)} waiting, but {len(waiting)} wait."
        indexed = [
            key[2]
            for name in ChannelClass
            for keys in floor.waiting.offerable(queue, name).lines.values()
            for key in keys
        ]
        if len(indexed) != len(set(indexed)) or not waiting.issuperset(indexed):
            yield f"Queue {queue} indexes work that is not waiting or twice."


def _short_timers(floor: Floor, now: int) -> Iterator[str]:
    due = floor.next_due()
    if due is not None and due <= now:
        yield f"A timer due at {due} has not fired at {now}."
    for item in floor.state.work.values():
        ends_at = item.offer.expires_at if item.offer is not None else None
        if item.state is WorkState.WRAPPING and item.assignment is not None:
            ends_at = item.assignment.wrap_until
        if ends_at is not None and (due is None or ends_at < due):
            yield f"Case {item.case_id} ends at {ends_at}, but no timer is set."
