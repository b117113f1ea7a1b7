"""What must hold between two decisions. The simulation checks it at every step; it reads all work and all agents."""

from collections import defaultdict
from collections.abc import Iterator

from router.domain import sequence
from router.domain.early import places_of
from router.domain.engine import Engine
from router.domain.floor import Floor
from router.domain.matching import is_excluded, obstacle
from router.domain.model import ChannelClass, Presence, QueueMode, WorkItem, WorkState
from router.domain.ordered import Key
from router.domain.signatures import NOBODY, Signature, current_step, required_now, ring_of, units_taken
from router.domain.timers import OF_AGENTS, OF_WORK, gap_due
from router.domain.waiting import Lines


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
        *_steps(floor),
        *_parked(floor),
        *_closed(floor),
        *_early(floor),
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
    """Never exceeded but by what force, an interrupting class or a lowered capacity left."""
    for agent in floor.state.agents.values():
        used: dict[ChannelClass, int] = defaultdict(int)
        for case_id in agent.held:
            item = floor.state.work[case_id]
            for name, units in units_taken(item) if item.parked_at is None else ():
                used[name] += units
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
        agent, signature = floor.state.agents[item.offer.agent_id], floor.signatures.of(item)
        step = signature.step if signature.agent_id is not None else None
        presence = agent.presence_for(item.channel_class)
        if presence is Presence.OFFLINE or (presence.absent and (step is None or step.respects_presence)):
            yield f"Case {item.case_id} is offered to absent agent {agent.agent_id}."
        if is_excluded(floor, item, agent.agent_id):
            yield f"Case {item.case_id} is offered to excluded agent {agent.agent_id}."
        serves = item.queue in agent.queues or (step is not None and not step.respects_skills)
        if not serves or ring_of(agent, signature) == NOBODY:
            yield f"Case {item.case_id} is offered to unfit agent {agent.agent_id}."


def _idle(floor: Floor) -> Iterator[str]:
    """No waiting item while an eligible agent with room is idle."""
    for item in floor.state.work.values():
        if not is_given_out(floor, item):
            continue
        for agent in floor.state.agents.values():
            if obstacle(floor, item, agent) is None:
                yield f"Case {item.case_id} waits while agent {agent.agent_id} could take it."


def is_given_out(floor: Floor, item: WorkItem) -> bool:
    """The work waits for an agent, and not for an agent to pick it."""
    if item.state is not WorkState.QUEUED or item.auto_offer_stopped:
        return False
    return floor.queue_of(item).mode is not QueueMode.PICK or floor.signatures.of(item).agent_id is not None


def _waiting_index(floor: Floor) -> Iterator[str]:
    waiting_in: dict[str, set[str]] = defaultdict(set)
    for item in floor.state.work.values():
        if item.state is WorkState.QUEUED:
            waiting_in[item.queue].add(item.case_id)
    for queue in floor.config.queues:
        waiting = waiting_in.pop(queue, set())
        if floor.waiting.count(queue) != len(waiting):
            yield f"Queue {queue} counts {floor.waiting.count(queue)} waiting, but {len(waiting)} wait."
        lines = [lines for name in ChannelClass for lines in floor.waiting.backlogs[queue].offerable(name)]
        indexed = [key[2] for each in lines for line in each.lines.values() for key in line]
        if len(indexed) != len(set(indexed)) or not waiting.issuperset(indexed):
            yield f"Queue {queue} indexes work that is not waiting or twice."
        for each in lines:
            if sorted(each.heads) != each.heads or {key[3]: key for key in each.heads} != _firsts(each):
                yield f"Queue {queue} does not know the heads of its lines."
    for queue, cases in waiting_in.items():
        yield f"Cases {sorted(cases)} wait in queue {queue!r}, which is not there."


def _firsts(lines: Lines) -> dict[Signature, Key]:
    return {signature: next(iter(line)) for signature, line in lines.lines.items()}


def _steps(floor: Floor) -> Iterator[str]:
    """Waiting work is at the step that its clock says, and waits for nobody who cannot come."""
    for item in floor.state.work.values():
        step = current_step(item)
        if item.skills != required_now(item):
            yield f"Case {item.case_id} requires {item.skills}, not what its step {item.step} says."
        if item.state is not WorkState.QUEUED or step is None:
            continue
        if step.until_ms is not None and item.relaxing_since + step.until_ms <= floor.now:
            yield f"Case {item.case_id} is at step {item.step}, which is over."
        agent = floor.state.agents.get(step.agent_id or "")
        if step.agent_id is not None and (agent is None or agent.presence_for(item.channel_class) is Presence.OFFLINE):
            yield f"Case {item.case_id} waits for agent {step.agent_id}, who is offline or gone."


def _parked(floor: Floor) -> Iterator[str]:
    for item in floor.state.work.values():
        if item.parked_at is not None and item.unanswered_since is not None:
            yield f"Case {item.case_id} is parked while its customer waits for an answer."


def _closed(floor: Floor) -> Iterator[str]:
    for name, queue in floor.config.queues.items():
        is_open = queue.calendar is None or floor.config.calendars[queue.calendar].is_open(floor.now)
        if is_open is (name in floor.closed):
            yield f"Queue {name} is taken for {'closed' if is_open else 'open'}."


def _early(floor: Floor) -> Iterator[str]:
    """What waits for its turn waits in all of its cases, and nothing waits whose turn has come."""
    for case_id, waiting in floor.state.early.items():
        for number, early in waiting.items():
            places = places_of(early.command)
            if places[0].number <= (floor.state.last_command(places[0].case_id) or 0):
                yield f"Command {number} of case {case_id} waits, but later ones were carried out."
            if (case_id, number) not in places or any(
                floor.state.early.get(place.case_id, {}).get(place.number) is not early for place in places
            ):
                yield f"Command {number} of case {case_id} does not wait where it should."
            if all(sequence.follows(floor, early.command, place) for place in places):
                yield f"Command {number} of case {case_id} waits for nothing."


def _short_timers(floor: Floor, now: int) -> Iterator[str]:
    """None is late, and whatever the state makes due is armed."""
    next_due = floor.next_due()
    if next_due is not None and next_due <= now:
        yield f"A timer due at {next_due} has not fired at {now}."
    expected = _first_expected(floor)
    if expected is not None and (next_due is None or expected < next_due):
        yield f"Something is due at {expected}, but no timer is set before {next_due}."


def _first_expected(floor: Floor) -> int | None:
    dues = [due_at(floor, item) for item in floor.state.work.values() for due_at in OF_WORK.values()]
    dues += [due_at(floor, agent) for agent in floor.state.agents.values() for due_at in OF_AGENTS.values()]
    dues += [floor.calendar_change.get(name) for name in floor.config.queues]
    dues += [gap_due(floor, case_id) for case_id in floor.state.early]
    return min((at for at in dues if at is not None), default=None)
