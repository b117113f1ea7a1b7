"""ShortTimer timers. Each is derived from stored fields, so that a new owner arms the same ones; the heap only remembers when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from router.domain.early import Waiting, given_up_at
from router.domain.model import Agent, ChannelClass, Presence, WorkItem, WorkState

if TYPE_CHECKING:
    from router.domain.floor import Floor

REAL_TIME = frozenset({ChannelClass.VOICE, ChannelClass.LIVE})
NEVER = 1 << 62
_ROOM = 1_024

_Entry = tuple[int, "ShortTimer", str]


class ShortTimer(IntEnum):
    """The id beside it is a case, an agent from LEASE on, a queue for CALENDAR, or again a case for GAP."""

    OFFER = 0
    WRAP_UP = 1
    STEP = 2
    OVERFLOW = 3
    PARK = 4
    LEASE = 5
    GRACE = 6
    ABANDON = 7
    RETURN = 8
    CALENDAR = 9
    GAP = 10


def due(floor: Floor, kind: ShortTimer, name: str) -> int | None:
    """When this timer should fire, as things are now."""
    if kind <= ShortTimer.PARK:
        item = floor.state.work.get(name)
        return None if item is None else OF_WORK[kind](floor, item)
    if kind is ShortTimer.CALENDAR:
        return floor.calendar_change.get(name)
    if kind is ShortTimer.GAP:
        return gap_due(floor, name)
    agent = floor.state.agents.get(name)
    return None if agent is None else OF_AGENTS[kind](floor, agent)


def gap_due(floor: Floor, case_id: str) -> int | None:
    """When nobody waits any longer for what the case's first early command waits for."""
    waiting, item = floor.state.early.get(case_id), floor.state.work.get(case_id)
    is_open = item is not None and item.state is not WorkState.WRAPPING
    return given_up_at(waiting, is_open) if waiting else None


def _offer(_: Floor, item: WorkItem) -> int | None:
    return item.offers[-1].expires_at if item.state is WorkState.OFFERED else None


def _wrap_up(_: Floor, item: WorkItem) -> int | None:
    return item.assignment.wrap_until if item.state is WorkState.WRAPPING and item.assignment is not None else None


def _step(_: Floor, item: WorkItem) -> int | None:
    if item.state is not WorkState.QUEUED or item.step >= len(item.steps):
        return None
    until_ms = item.steps[item.step].until_ms
    return None if until_ms is None else item.relaxing_since + until_ms


def _overflow(floor: Floor, item: WorkItem) -> int | None:
    queue = floor.config.queues.get(item.queue)
    if queue is None or item.state is not WorkState.QUEUED or item.overflow_step >= len(queue.overflow_after):
        return None
    return item.queued_at + queue.overflow_after[item.overflow_step].wait_ms


def _park(floor: Floor, item: WorkItem) -> int | None:
    """The agent had the last word, and the customer is silent since. A merge may bring an older message without an answer."""
    queue = floor.config.queues.get(item.queue)
    if queue is None or queue.park_after_ms is None or item.state is not WorkState.ASSIGNED:
        return None
    if item.parked_at is not None or item.channel_class is not ChannelClass.MESSAGING:
        return None
    if item.answered_at is None or item.unanswered_since is not None:
        return None
    started_at = item.assignment.started_at if item.assignment is not None else 0
    return max(item.answered_at, started_at) + queue.park_after_ms if item.answered_at >= item.wrote_at else None


def _lease(_: Floor, agent: Agent) -> int | None:
    return agent.lease_until if agent.lost_at is None and agent.presence is not Presence.OFFLINE else None


def _grace(floor: Floor, agent: Agent) -> int | None:
    if agent.lost_at is None or agent.presence is Presence.OFFLINE:
        return None
    return agent.lost_at + floor.config.absence.grace_ms


def _abandon(floor: Floor, agent: Agent) -> int | None:
    return _left_since(floor, agent, True, floor.config.absence.abandon_after_ms)


def _return(floor: Floor, agent: Agent) -> int | None:
    after = floor.config.absence.return_after_ms
    return None if after is None else _left_since(floor, agent, False, after)


def _left_since(floor: Floor, agent: Agent, real_time: bool, after_ms: int) -> int | None:
    left = left_behind(floor, agent, real_time)
    return min(agent.presence_fact(item.channel_class).since for item in left) + after_ms if left else None


def left_behind(floor: Floor, agent: Agent, real_time: bool) -> list[WorkItem]:
    """Assigned work of an agent who is offline for it: that of a person on the line, or the rest."""
    if agent.presence is not Presence.OFFLINE and Presence.OFFLINE not in agent.presence_by_class.values():
        return []
    held = (floor.state.work[case_id] for case_id in sorted(agent.held))
    left = (item for item in held if agent.presence_for(item.channel_class) is Presence.OFFLINE)
    return [
        item for item in left if item.state is WorkState.ASSIGNED and (item.channel_class in REAL_TIME) is real_time
    ]


OF_WORK: Mapping[ShortTimer, Callable[[Floor, WorkItem], int | None]] = {
    ShortTimer.OFFER: _offer,
    ShortTimer.WRAP_UP: _wrap_up,
    ShortTimer.STEP: _step,
    ShortTimer.OVERFLOW: _overflow,
    ShortTimer.PARK: _park,
}
OF_AGENTS: Mapping[ShortTimer, Callable[[Floor, Agent], int | None]] = {
    ShortTimer.LEASE: _lease,
    ShortTimer.GRACE: _grace,
    ShortTimer.ABANDON: _abandon,
    ShortTimer.RETURN: _return,
}


class ShortTimers:
    """An entry whose instant is no longer the due one is stale and goes when it is met, or when stale ones are many.

    Nothing is due before `first`.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._heap: list[_Entry] = []
        self._limit = _ROOM
        self.first = NEVER

    def arm(self, kind: ShortTimer, name: str) -> None:
        at = due(self._floor, kind, name)
        if at is not None:
            heappush(self._heap, (at, kind, name))
            if at < self.first:
                self.first = at
            if len(self._heap) > self._limit:
                self._tidy()

    def arm_agent(self, agent: Agent) -> None:
        for kind in OF_AGENTS:
            self.arm(kind, agent.agent_id)

    def arm_all(self, items: Iterable[WorkItem], agents: Iterable[Agent], early: Waiting) -> None:
        self._keep([*self._of_work(items), *self._of_agents(agents), *self._of_gaps(early)])

    def _of_work(self, items: Iterable[WorkItem]) -> Iterator[_Entry]:
        for item in items:
            for kind, due_at in OF_WORK.items():
                at = due_at(self._floor, item)
                if at is not None:
                    yield at, kind, item.case_id

    def _of_agents(self, agents: Iterable[Agent]) -> Iterator[_Entry]:
        for agent in agents:
            for kind, due_at in OF_AGENTS.items():
                at = due_at(self._floor, agent)
                if at is not None:
                    yield at, kind, agent.agent_id

    def _of_gaps(self, early: Waiting) -> Iterator[_Entry]:
        for case_id in early:
            at = gap_due(self._floor, case_id)
            if at is not None:
                yield at, ShortTimer.GAP, case_id

    def next_due(self) -> int | None:
        heap = self._heap
        while heap and due(self._floor, heap[0][1], heap[0][2]) != heap[0][0]:
            heappop(heap)
        self.first = heap[0][0] if heap else NEVER
        return heap[0][0] if heap else None

    def pop_due(self, now: int) -> tuple[ShortTimer, str] | None:
        """The earliest first."""
        at = self.next_due() if self.first <= now else None
        if at is None or at > now:
            return None
        _, kind, name = heappop(self._heap)
        return kind, name

    def _tidy(self) -> None:
        self._keep(list({entry for entry in self._heap if due(self._floor, entry[1], entry[2]) == entry[0]}))

    def _keep(self, entries: list[_Entry]) -> None:
        heapify(entries)
        self._heap, self._limit = entries, 2 * len(entries) + _ROOM
        self.first = entries[0][0] if entries else NEVER
