"""One routing group in memory: its engine, and what it has told since the last commit."""

from collections.abc import Iterable, Mapping
from typing import Self

from contracts.topics import ROUTING_EVENTS
from router.domain import commands
from router.domain.early import Gap
from router.domain.engine import Engine
from router.domain.events import Decision, Event
from router.domain.model import Agent
from router.domain.state import Changes, State
from router.handlers.ports import CommandResult, GroupConfig, GroupRow, StoredGroup, TenantsEmitter, Told, Writes
from router.handlers.tell_event import key_of, tell_event


class Group:
    """Every method that takes an emitter needs it to act for this tenant."""

    def __init__(
        self, tenant: str, config: GroupConfig, state: State, known: GroupRow | None, traces: Mapping[str, str]
    ) -> None:
        self.tenant = tenant
        self.config = config
        self.engine = Engine(config.routing, state)
        self.results: list[CommandResult] = []
        self.fired: list[str] = []
        self._traces = dict(traces)
        self._told: list[Told] = []
        self._row = known
        self._changed = False
        self._settled = False
        self._rule_errors = 0

    @classmethod
    def of(cls, tenant: str, stored: StoredGroup | None, config: GroupConfig) -> Self:
        if stored is None:
            return cls(tenant, config, State(), None, {})
        return cls(tenant, config, stored.state, stored.row, stored.traces)

    def moved_here(self) -> None:
        """Its commands come by this partition now."""
        self._changed = self._row is not None

    def is_due(self, now: int) -> bool:
        due = self.engine.next_due()
        return not self._settled or (due is not None and due <= now)

    def next_due(self) -> int | None:
        return self.engine.next_due() if self._settled else 0

    def pass_time(self, now: int, emitter: TenantsEmitter) -> None:
        """What is due by now; the first time also what the configuration says that the stored state does not know."""
        due = self.engine.advance(now)
        with emitter.fires("timers", self._armed_in(due)):
            self._tell(due, emitter)
        if not self._settled:
            self._settled = True
            if self._row is None or self._row.revision != self.config.revision:
                self._apply_agents(now, emitter)

    def reconfigure(self, config: GroupConfig, now: int, emitter: TenantsEmitter) -> None:
        """Running work is not routed anew; deadlines move as the engine sees fit."""
        self.config = config
        self._tell(self.engine.reconfigure(config.routing, now).events, emitter)
        self._settled = True
        self._apply_agents(now, emitter)

    def decide(self, command: commands.Command, now: int, emitter: TenantsEmitter) -> Decision:
        decision = self.engine.decide(command, now)
        self._tell(decision.events, emitter)
        self._remember_trace(getattr(command, "case_id", None), emitter.traceparent)
        return decision

    def _remember_trace(self, case_id: str | None, traceparent: str | None) -> None:
        """What time makes due later is linked to where it was armed."""
        if case_id is None:
            return
        if traceparent is not None and case_id in self.engine.state.work:
            self._traces[case_id] = traceparent
        elif case_id not in self.engine.state.work:
            self._traces.pop(case_id, None)

    def _armed_in(self, due: Iterable[Event]) -> list[str]:
        cases = dict.fromkeys(getattr(event, "case_id", None) for event in due)
        return [self._traces[case_id] for case_id in cases if case_id in self._traces]

    def take_writes(self, partition: int, counters: bool = True) -> Writes | None:
        """What to store since the last call; None when nothing changed."""
        changes = self.engine.take_changes(counters)
        if not (self._changed or self._told or self.results or self.fired or _says_something(changes)):
            return None
        row = self._row if self._changed else None
        writes = Writes(changes, self.fired, self._told, self.results, row, partition, self._traces)
        self.fired, self._told, self.results, self._changed = [], [], [], False
        return writes

    def take_gaps(self) -> list[Gap]:
        """What nobody waits for any longer since the last call."""
        return self.engine.take_gaps()

    def take_rule_errors(self) -> int:
        """How many conditions failed since the last call."""
        total = sum(self.engine.rule_errors.values())
        new, self._rule_errors = total - self._rule_errors, total
        return new

    def _tell(self, events: Iterable[Event], emitter: TenantsEmitter) -> None:
        for event in events:
            telling = tell_event(event)
            if telling is not None:
                key, text = key_of(event), telling.json
                id = emitter.emit_told(ROUTING_EVENTS, key, telling.kind, text)
                self._told.append(Told(id, key, event, text))

    def _apply_agents(self, now: int, emitter: TenantsEmitter) -> None:
        """Agents of the configuration are as it says; those that it names no longer go."""
        named = {agent.agent_id: agent for agent in self.config.agents}
        before = self._row.agents if self._row is not None else frozenset()
        for agent_id in sorted(before - named.keys()):
            self.decide(commands.RemoveAgent(agent_id), now, emitter)
        for agent_id, wanted in named.items():
            if not _is_as(self.engine.state.agents.get(agent_id), wanted):
                self.decide(wanted, now, emitter)
        self._row = GroupRow(self.tenant, self.config.revision, self.config.parts, frozenset(named))
        self._changed = True


def _is_as(agent: Agent | None, wanted: commands.ConfigureAgent) -> bool:
    if agent is None:
        return False
    known = (agent.name, agent.queues, agent.skills, agent.capacity)
    return known == (wanted.name, wanted.queues, dict(wanted.skills), dict(wanted.capacity))


def _says_something(changes: Changes) -> bool:
    rows = (changes.work_items, changes.clocks_moved, changes.agents, changes.agents_moved, changes.agents_removed)
    counters = (changes.shares, changes.answered_waits)
    order = (changes.early, changes.counted)
    return any(rows) or any(counters) or any(order) or bool(changes.timers_armed or changes.timers_cancelled)
