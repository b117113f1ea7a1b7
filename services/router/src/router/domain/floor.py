"""The floor: work, agents and their indexes at one instant, and the few moves that keep them in step."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha1
from uuid import UUID

from router.domain import load
from router.domain.config import QueueConfig, RoutingConfig
from router.domain.early import Gap
from router.domain.events import Event, Refusal
from router.domain.figures import Figures
from router.domain.model import Agent, ChannelClass, MetricClock, RoutingExplanation, WorkItem, WorkState
from router.domain.ready import ReadyAgents
from router.domain.relaxation import relaxing_of, settle_step
from router.domain.signatures import Signatures
from router.domain.state import ChangeLog, State
from router.domain.timers import ShortTimer, ShortTimers
from router.domain.waiting import WaitingWork

_NAMESPACE = UUID("6d1f6a52-8d1b-5f0e-9b3e-5d0f6f1c7a11").bytes


class Floor:
    """`freed` agents and newly `queued` work are matched at the end of every decision. `closed` queues give out nothing.

    A simulation may `watch` work being given.
    """

    def __init__(self, config: RoutingConfig, state: State) -> None:
        self.state = state
        self.changes = ChangeLog()
        self.now = 0
        self.events: list[Event] = []
        self.freed: set[str] = set()
        self.queued: set[str] = set()
        self.closed: set[str] = set()
        self.calendar_change: dict[str, int] = {}
        self.rule_errors: dict[str, int] = {}
        self.gaps: list[Gap] = []
        self.figures = Figures()
        self.sla_reached: list[tuple[WorkItem, MetricClock, str | None]] = []
        self.watch: Callable[[Floor, WorkItem, Agent], None] | None = None
        self.arrange(config)

    def arrange(self, config: RoutingConfig) -> None:
        """Builds every index anew. Work of a queue that is gone is left out until it is moved."""
        self.config = config
        self.relaxing = [relaxing_of(rule) for rule in config.rules]
        self.units = {name: (config.units(name), config.also(name)) for name in ChannelClass}
        self.explanations: dict[tuple[int, tuple[str, str]], RoutingExplanation] = {}
        self.signatures = Signatures(config.capacity)
        self.waiting = WaitingWork(config.queues)
        self.ready = ReadyAgents(config.queues, self.state.agents)
        self.timers = ShortTimers(self)
        self.closed, self.calendar_change = set(), {}
        for agent in self.state.agents.values():
            agent.rings, agent.served = {}, None
        for item in self.state.work.values():
            item.signature = item.place_in_line = None
            if item.state is WorkState.QUEUED and item.queue in config.queues:
                self.waiting.add(item, self.signatures.of(item))
        self.timers.arm_all(self.state.work.values(), self.state.agents.values(), self.state.early)
        self.look_at_calendars()

    def look_at_calendars(self) -> None:
        for name in self.config.queues:
            self.look_at_calendar(name)

    def look_at_calendar(self, name: str) -> None:
        """Whether the queue is closed now, and when that changes."""
        calendar = self.config.queues[name].calendar
        if calendar is None or self.now == 0:
            return
        hours = self.config.calendars[calendar]
        if hours.is_open(self.now):
            self.closed.discard(name)
            self.calendar_change[name] = hours.next_close(self.now)
        else:
            self.closed.add(name)
            self.calendar_change[name] = hours.next_open(self.now)
        self.timers.arm(ShortTimer.CALENDAR, name)

    def queue_of(self, item: WorkItem) -> QueueConfig:
        return self.config.queues[item.queue]

    def queues_of(self, agent: Agent) -> tuple[QueueConfig, ...]:
        """In the order of priority."""
        if agent.served is None:
            known = (self.config.queues[name] for name in agent.queues if name in self.config.queues)
            agent.served = tuple(sorted(known, key=lambda queue: queue.priority))
        served: tuple[QueueConfig, ...] = agent.served
        return served

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

    def count_command(self, case_id: str, number: int) -> None:
        """It is the last one about the case, if the router knows the case."""
        item = self.state.work.get(case_id) or self.changes.work_items.get(case_id)
        if item is not None:
            item.sequence = max(item.sequence, number)
            self.work_changed(item)
        if case_id in self.state.closed and number > self.state.closed_at_command.get(case_id, 0):
            self.state.closed_at_command[case_id] = number
            self.changes.counted[case_id] = number

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def work_changed(self, item: WorkItem) -> None:
        self.changes.work_items[item.case_id] = item

    def clocks_moved(self, item: WorkItem) -> None:
        self.changes.clocks_moved[item.case_id] = item

    def agent_changed(self, agent: Agent) -> None:
        self.changes.agents[agent.agent_id] = agent
        self.ready.changed(agent.agent_id)

    def agent_moved(self, agent: Agent) -> None:
        """In line, or by what the agent holds: the record stays as it is."""
        self.changes.agents_moved[agent.agent_id] = agent
        self.ready.changed(agent.agent_id)

    def enqueue(self, item: WorkItem) -> None:
        """What it takes is what the configuration says now: it may have been held since an older one."""
        item.state = WorkState.QUEUED
        item.signature = None
        item.units, item.also = self.units[item.channel_class]
        self._settle(item)
        self.waiting.add(item, self.signatures.of(item))
        self._look_for_agents(item)

    def reorder(self, item: WorkItem) -> None:
        """Facts that decide the order of waiting changed, or a step of its relaxation ended."""
        if item.state is WorkState.QUEUED:
            self._settle(item)
            self.waiting.move(item, self.signatures.of(item))
            self._look_for_agents(item)

    def _settle(self, item: WorkItem) -> None:
        if item.steps:
            settle_step(self, item)
            self.timers.arm(ShortTimer.STEP, item.case_id)

    def _look_for_agents(self, item: WorkItem) -> None:
        self.queued.add(item.case_id)
        self.work_changed(item)
        if self.config.queues[item.queue].overflow_after:
            self.timers.arm(ShortTimer.OVERFLOW, item.case_id)

    def take(self, agent: Agent, item: WorkItem, may_exceed: bool = False) -> None:
        """The item takes the agent's capacity; the agent moves to the end of the line."""
        agent.held.add(item.case_id)
        load.add(agent, item)
        if may_exceed or item.channel_class in self.config.capacity.interrupts:
            load.limit_excess(agent)
        agent.idle_since = agent.last_offered_at = self.now
        self.agent_moved(agent)

    def release(self, agent: Agent, item: WorkItem) -> None:
        agent.held.discard(item.case_id)
        if item.parked_at is None:
            load.subtract(agent, item)
        item.parked_at = None
        agent.idle_since = self.now
        self._freed(agent)

    def park(self, agent: Agent, item: WorkItem) -> None:
        """The agent keeps the work and gets its capacity back."""
        item.parked_at = self.now
        load.subtract(agent, item)
        self._freed(agent)
        self.work_changed(item)

    def unpark(self, agent: Agent, item: WorkItem) -> None:
        item.parked_at = None
        load.add(agent, item)
        if item.channel_class in self.config.capacity.interrupts:
            load.limit_excess(agent)
        self.timers.arm(ShortTimer.PARK, item.case_id)
        self.agent_moved(agent)
        self.work_changed(item)

    def _freed(self, agent: Agent) -> None:
        self.freed.add(agent.agent_id)
        self.agent_moved(agent)

    def next_due(self) -> int | None:
        return self.timers.next_due()


def derived_id(kind: str, item: WorkItem, number: int) -> str:
    """A UUID of version 5. A case may come back after it was closed, so its count alone would repeat ids."""
    text = f"{kind}|{item.case_id}|{item.requested_at}|{number}"
    digest = sha1(_NAMESPACE + text.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
