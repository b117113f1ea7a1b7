from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from json import dumps
from typing import Any, Self

from router.domain.early import Early, Place, Waiting, let_wait
from router.domain.load import hold, limit_excess
from router.domain.model import (
    Agent,
    MetricClock,
    MetricName,
    PastWork,
    TimerArmed,
    TimerCancelled,
    TimerKind,
    WorkItem,
    WorkState,
)
from router.domain.records import Record, agent_from_record, agent_record, work_from_record, work_record
from router.domain.running_clocks import share_clocks

REMEMBERED_CLOSED = 10_000


@dataclass(slots=True)
class State:
    """Everything the router must not forget.

    `shares` are the credits of percentage splits by rule, `answered_waits` what `estimates` keeps by queue and demand.
    `closed` only lets a late command learn that its work is closed, `past_work` lets reopened work take over its clocks.
    `closed_at_command` are the numbers of the last commands about closed cases; `early` are those whose turn hasn't come.
    `closed` is ordered: the first of a plain dict is found slowly after many were taken from its front.
    """

    work: dict[str, WorkItem] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    shares: dict[str, dict[str, int]] = field(default_factory=dict)
    answered_waits: dict[str, dict[str, int]] = field(default_factory=dict)
    closed: OrderedDict[str, int] = field(default_factory=OrderedDict)
    past_work: dict[str, PastWork] = field(default_factory=dict)
    closed_at_command: dict[str, int] = field(default_factory=dict)
    early: Waiting = field(default_factory=dict)

    @classmethod
    def from_records(
        cls,
        work: Iterable[Mapping[str, Any]] = (),
        agents: Iterable[Mapping[str, Any]] = (),
        shares: Mapping[str, Mapping[str, int]] | None = None,
        answered_waits: Mapping[str, Mapping[str, int]] | None = None,
        early: Iterable[Early] = (),
    ) -> Self:
        """Done work is welcome but not needed; recently closed is enough."""
        items, people = map(work_from_record, work), map(agent_from_record, agents)
        return cls.of(items, people, shares or {}, answered_waits or {}, early)

    @classmethod
    def of(
        cls,
        work: Iterable[WorkItem],
        agents: Iterable[Agent],
        shares: Mapping[str, Mapping[str, int]],
        answered_waits: Mapping[str, Mapping[str, int]],
        early: Iterable[Early] = (),
    ) -> Self:
        state = cls(shares=_counters(shares), answered_waits=_counters(answered_waits))
        for agent in agents:
            state.agents[agent.agent_id] = agent
        for item in sorted(work, key=lambda item: (item.closed_at or 0, item.case_id)):
            if item.state is WorkState.DONE:
                state.remember_closed(item.case_id, item.closed_at or 0, item.answered_at, item.clocks, item.sequence)
            else:
                state.work[item.case_id] = item
                state._hold(item)
        for agent in state.agents.values():
            limit_excess(agent)
        for each in early:
            let_wait(state.early, each)
        return state

    def _hold(self, item: WorkItem) -> None:
        agent = self.agents.get(item.agent_id) if item.agent_id is not None else None
        if agent is not None:
            hold(agent, item)

    def remember_closed(
        self,
        case_id: str,
        at: int,
        answered_at: int | None = None,
        clocks: Mapping[MetricName, MetricClock] | None = None,
        sequence: int = 0,
    ) -> None:
        self.closed.pop(case_id, None)
        self.closed[case_id] = at
        self.closed_at_command[case_id] = sequence
        if clocks:
            self.past_work[case_id] = PastWork(at, answered_at, clocks)
        if len(self.closed) > REMEMBERED_CLOSED:
            self.forget_closed(next(iter(self.closed)))

    def forget_closed(self, case_id: str) -> None:
        self.closed.pop(case_id, None)
        self.past_work.pop(case_id, None)
        self.closed_at_command.pop(case_id, None)

    def last_command(self, case_id: str) -> int | None:
        """The number of the last one about the case, 0 if none had one; None: the case isn't known (any more)."""
        item = self.work.get(case_id)
        return item.sequence if item is not None else self.closed_at_command.get(case_id)

    def latest(self) -> int:
        """The latest instant by which anything here was decided."""
        agents = (max(agent.idle_since, agent.presence_since, agent.last_offered_at) for agent in self.agents.values())
        work = (item.queued_at for item in self.work.values())
        early = (each.since for waiting in self.early.values() for each in waiting.values())
        decided = (
            max(agents, default=0),
            max(work, default=0),
            max(self.closed.values(), default=0),
            max(early, default=0),
        )
        return max(decided)

    def records(self) -> Record:
        return {
            "work": [work_record(self.work[case_id]) for case_id in sorted(self.work)],
            "agents": [agent_record(self.agents[agent_id]) for agent_id in sorted(self.agents)],
            "shares": self.shares,
            "answered_waits": self.answered_waits,
            "early": sorted(
                [case_id, number, each.since]
                for case_id, waiting in self.early.items()
                for number, each in waiting.items()
            ),
        }

    def hash(self) -> str:
        text = dumps(self.records(), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def _counters(stored: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {name: dict(counters) for name, counters in stored.items()}


@dataclass(slots=True)
class Changes:
    """What to write since the last look. `work_items` holds done items too; timers are final per (case, metric, kind).

    `clocks_moved` are other items, of which nothing but clocks changed, `agents_moved` other agents, of whom nothing but the place
    in line did: `idle_since` and `last_offered_at`. `early` are commands that wait now, or (None) no longer; `counted` the last
    commands about closed cases.
    """

    work_items: list[WorkItem]
    clocks_moved: list[WorkItem]
    agents: list[Agent]
    agents_moved: list[Agent]
    agents_removed: list[str]
    shares: dict[str, dict[str, int]]
    answered_waits: dict[str, dict[str, int]]
    timers_armed: list[TimerArmed]
    timers_cancelled: list[TimerCancelled]
    early: dict[Place, Early | None] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class ChangeLog:
    """Collects changes between two looks; the last word on a row wins."""

    work_items: dict[str, WorkItem] = field(default_factory=dict)
    clocks_moved: dict[str, WorkItem] = field(default_factory=dict)
    agents: dict[str, Agent | None] = field(default_factory=dict)
    agents_moved: dict[str, Agent] = field(default_factory=dict)
    rules: set[str] = field(default_factory=set)
    waits: set[str] = field(default_factory=set)
    timers: dict[tuple[str, MetricName, TimerKind], TimerArmed | TimerCancelled] = field(default_factory=dict)
    early: dict[Place, Early | None] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)

    def timer(self, change: TimerArmed | TimerCancelled) -> None:
        self.timers[change.case_id, change.metric, change.kind] = change

    def used_up(self, case_id: str, metric: MetricName, kind: TimerKind) -> None:
        """The timer fired: its row is gone already."""
        self.timers.pop((case_id, metric, kind), None)

    def take(self, state: State, counters: bool) -> Changes:
        """Without `counters` those are left for later."""
        for item in (*self.work_items.values(), *self.clocks_moved.values()):
            share_clocks(item)
        rules, waits = (self.rules, self.waits) if counters else (set[str](), set[str]())
        changes = Changes(
            work_items=list(self.work_items.values()),
            clocks_moved=[item for case_id, item in self.clocks_moved.items() if case_id not in self.work_items],
            agents=[agent for agent in self.agents.values() if agent is not None],
            agents_moved=[agent for agent_id, agent in self.agents_moved.items() if agent_id not in self.agents],
            agents_removed=[agent_id for agent_id, agent in self.agents.items() if agent is None],
            shares={rule: dict(state.shares[rule]) for rule in sorted(rules)},
            answered_waits={key: dict(state.answered_waits[key]) for key in sorted(waits)},
            timers_armed=[change for change in self.timers.values() if isinstance(change, TimerArmed)],
            timers_cancelled=[change for change in self.timers.values() if isinstance(change, TimerCancelled)],
            early=self.early,
            counted={case_id: number for case_id, number in self.counted.items() if case_id not in self.work_items},
        )
        self.early, self.counted = {}, {}
        self.work_items, self.clocks_moved, self.agents, self.agents_moved, self.timers = {}, {}, {}, {}, {}
        self.rules, self.waits = self.rules - rules, self.waits - waits
        return changes
