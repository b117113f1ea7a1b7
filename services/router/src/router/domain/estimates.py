"""What people are told while they wait: a moving average of the waits that were answered, by queue and signature."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from router.domain.events import Refusal
from router.domain.model import WorkItem, WorkState
from router.domain.signatures import NOBODY, ring_of

if TYPE_CHECKING:
    from router.domain.floor import Floor

MINUTE_MS = 60_000
IDLE_MS = 7 * 24 * 60 * MINUTE_MS
ENOUGH = 20
WEIGHT = 10
SAMPLES, WAIT, AT = "samples", "wait_ms", "at"


class WaitState(StrEnum):
    WAITING = "waiting"
    NO_AGENTS = "no_agents"
    CLOSED = "closed"
    NOT_WAITING = "not_waiting"


@dataclass(frozen=True, slots=True)
class WaitView:
    """`estimated_wait_ms` is None while too little is known, `position` when the order may still change."""

    case_id: str
    state: WaitState
    queue: str
    waited_ms: int
    estimated_wait_ms: int | None = None
    position: int | None = None


def answered(floor: Floor, item: WorkItem) -> None:
    """The work was assigned after waiting."""
    now, waits = floor.now, floor.state.answered_waits
    wait = max(0, now - item.queued_at)
    if item.assignments_made == 1:
        floor.figures.answered(item.queue, now, wait <= floor.config.queues[item.queue].answer_within_ms)
    key = _key(floor, item)
    known = waits.get(key)
    if known is None or now - known[AT] > IDLE_MS:
        known = waits[key] = {SAMPLES: 0, WAIT: wait, AT: now}
    samples = known[SAMPLES] = known[SAMPLES] + 1
    known[WAIT] += (wait - known[WAIT]) // min(WEIGHT, samples)
    known[AT] = now
    floor.changes.waits.add(key)


def estimated_wait(floor: Floor, item: WorkItem) -> int | None:
    """Never under a minute; None before enough samples, or when the last is a week old."""
    known = floor.state.answered_waits.get(_key(floor, item))
    if known is None or known[SAMPLES] < ENOUGH or floor.now - known[AT] > IDLE_MS:
        return None
    return max(MINUTE_MS, known[WAIT])


def view_wait(floor: Floor, case_id: str) -> WaitView | Refusal:
    item = floor.find(case_id)
    if isinstance(item, Refusal):
        return item
    state = _state(floor, item)
    waited = max(0, floor.now - item.queued_at)
    if state is WaitState.NOT_WAITING:
        return WaitView(case_id, state, item.queue, 0)
    estimate = estimated_wait(floor, item) if state is WaitState.WAITING else None
    return WaitView(case_id, state, item.queue, waited, estimate, floor.waiting.position(item))


def _state(floor: Floor, item: WorkItem) -> WaitState:
    if item.state is not WorkState.QUEUED:
        return WaitState.NOT_WAITING
    if item.queue in floor.closed:
        return WaitState.CLOSED
    signature = floor.signatures.of(item)
    agents = (floor.state.agents[agent_id] for agent_id in floor.ready.members(item.queue))
    suited = (a for a in agents if not a.presence_for(item.channel_class).absent and ring_of(a, signature) != NOBODY)
    if signature.agent_id is not None or next(suited, None) is not None:
        return WaitState.WAITING
    return WaitState.NO_AGENTS


def _key(floor: Floor, item: WorkItem) -> str:
    """By what was asked for at first: relaxing must not make a wait look like another's."""
    return floor.signatures.of(item).wait_key(item.queue)
