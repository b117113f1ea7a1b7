"""The floor: work, agents and their indexes at one instant, and the few moves that keep them in step."""

from heapq import heapify, heappop, heappush
from uuid import UUID, uuid5

from router.domain.config import QueueConfig, RoutingConfig
from router.domain.events import Event, Refusal
from router.domain.model import Agent, WorkItem, WorkState
from router.domain.ready import ReadyAgents
from router.domain.state import ChangeLog, State
from router.domain.waiting import WaitingWork

_NAMESPACE = UUID("6d1f6a52-8d1b-5f0e-9b3e-5d0f6f1c7a11")

ShortTimer = tuple[int, str, str]


class Floor:
    """`freed` agents and newly `queued` work are matched at the end of every decision."""

    def __init__(self, config: RoutingConfig, state: State) -> None:
        self.state = state
        self.changes = ChangeLog()
        self.now = 0
        self.events: list[Event] = []
        self.freed: set[str] = set()
        self.queued: set[str] = set()
        self.rule_errors: dict[str, int] = {}
        self.arrange(config)

    def arrange(self, config: RoutingConfig) -> None:
        """Builds every index anew. Work of a queue that is gone is left out until it is moved."""
        self.config = config
        self.waiting = WaitingWork(config.queues)
        self.ready = ReadyAgents(config.queues, self.state.agents)
        self._timers: list[ShortTimer] = []
        for item in self.state.work.values():
            if item.state is WorkState.QUEUED and item.queue in config.queues:
                self.waiting.add(item)
            timer = _short_timer(item)
            if timer is not None:
                self._timers.append(timer)
        heapify(self._timers)

    def queue_of(self, item: WorkItem) -> QueueConfig:
        return self.config.queues[item.queue]

    def find(self, case_id: str) -> WorkItem | Refusal:
        item = self.state.work.get(case_id)
        if item is not None:
            return item
        if case_id in self.state.closed:
            return Refusal("work_closed", f"The work of case {case_id} is closed.")
        return Refusal("unknown_work", f"There is no open work for case {case_id}.")

    def find_agent(self, agent_id: str) -> Agent | Refusal:
        agent = self.state.agents.get(agent_id)
        return agent if agent is not None else Refusal("unknown_agent", f"There is no agent {agent_id}.")

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def work_changed(self, item: WorkItem) -> None:
        self.changes.work_items[item.case_id] = item

    def agent_changed(self, agent: Agent) -> None:
        self.changes.agents[agent.agent_id] = agent
        self.ready.changed(agent.agent_id)

    def enqueue(self, item: WorkItem) -> None:
        item.state = WorkState.QUEUED
        self.waiting.add(item)
        self.queued.add(item.case_id)
        self.work_changed(item)

    def take(self, agent: Agent, item: WorkItem) -> None:
        """The item takes the agent's capacity; the agent moves to the end of the line."""
        agent.held.add(item.case_id)
        agent.used[item.channel_class] = agent.used.get(item.channel_class, 0) + item.units
        agent.idle_since = agent.last_offered_at = self.now
        self.agent_changed(agent)

    def release(self, agent: Agent, item: WorkItem) -> None:
        agent.held.discard(item.case_id)
        agent.used[item.channel_class] -= item.units
        agent.idle_since = self.now
        if item.channel_class in agent.excess:
            limit_excess(agent)
        self.freed.add(agent.agent_id)
        self.agent_changed(agent)

    def start_timer(self, item: WorkItem) -> None:
        timer = _short_timer(item)
        if timer is not None:
            heappush(self._timers, timer)

    def next_due(self) -> int | None:
        while self._timers and not self._is_live(self._timers[0]):
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def pop_due(self) -> WorkItem | None:
        """An item whose offer expired or whose wrap-up ended, the earliest first."""
        due = self.next_due()
        if due is None or due > self.now:
            return None
        return self.state.work[heappop(self._timers)[1]]

    def _is_live(self, timer: ShortTimer) -> bool:
        item = self.state.work.get(timer[1])
        return item is not None and _short_timer(item) == timer


def limit_excess(agent: Agent) -> None:
    agent.excess = {name: -agent.room(name) for name in agent.used if agent.room(name) < 0}


def derived_id(kind: str, item: WorkItem, number: int) -> str:
    """A case may come back after it was closed, so its count alone would repeat ids."""
    return str(uuid5(_NAMESPACE, f"{kind}|{item.case_id}|{item.requested_at}|{number}"))


def _short_timer(item: WorkItem) -> ShortTimer | None:
    if item.state is WorkState.OFFERED:
        offer = item.offers[-1]
        return offer.expires_at, item.case_id, offer.offer_id
    if item.state is WorkState.WRAPPING and item.assignment is not None and item.assignment.wrap_until is not None:
        return item.assignment.wrap_until, item.case_id, item.assignment.assignment_id
    return None
