"""Plays steps on an engine beside a small store, and looks at everything after each."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from router.domain.commands import CaseCommand
from router.domain.early import Early, Place, places_of
from router.domain.engine import Engine
from router.domain.events import Event, SlaBreached, SlaEntry, WorkAssigned
from router.domain.floor import Floor
from router.domain.invariants import check, is_given_out
from router.domain.ledger import is_over, replay_ledger
from router.domain.matching import obstacle, order_of_work
from router.domain.model import Agent, MetricName, TimerArmed, TimerKind, WorkItem
from router.domain.records import Record, agent_record, clocks_record, work_record
from router.domain.state import State
from router.simulation.floors import a_config
from router.simulation.steps import Broken, Pass, Rebuild, Reconfigure, Step

SOMETIMES = 25


class Player:
    """`seen` counts kinds of commands, events and refusals."""

    def __init__(self, seed: int) -> None:
        self.engine = Engine(a_config(seed, 1), State())
        self.engine.floor.watch = watch
        self.seen: Counter[str] = Counter()
        self.played = 0
        self.timers: dict[tuple[str, MetricName, TimerKind], TimerArmed] = {}
        self._rows: dict[str, str] = {}
        self._agents: dict[str, str] = {}
        self._shares: dict[str, dict[str, int]] = {}
        self._waits: dict[str, dict[str, int]] = {}
        self._ledgers: dict[str, list[SlaEntry]] = defaultdict(list)
        self._touched: set[str] = set()
        self._assignments: set[str] = set()
        self._early: dict[Place, Early] = {}
        self._last: dict[str, int] = {}

    def play(self, step: Step) -> None:
        """Raises Broken, or whatever the engine raises."""
        self.played += 1
        self.seen[type(step.what).__name__] += 1
        self._note(self.engine.advance(step.at))
        match step.what:
            case Pass():
                pass
            case Rebuild():
                self._rebuild(step.at)
            case Reconfigure(seed, revision):
                self._note(self.engine.reconfigure(a_config(seed, revision), step.at).events)
            case command:
                self._decide(step.at, command)
        self._verify(step.at)

    def _decide(self, at: int, command: Any) -> None:
        let_go = self._lets_go(command)
        before = self._facts() if self.played % SOMETIMES == 0 else None
        decision = self.engine.decide(command, at)
        if decision.refused is not None:
            self.seen[f"refused: {decision.refused.code}"] += 1
            _require(let_go or not decision.events, "A refused command made events.")
            _require(let_go or before in (None, self._facts()), f"{command} was refused and changed the state.")
        self._note(decision.events)

    def _lets_go(self, command: Any) -> bool:
        """Others wait for it, and go on with it."""
        return any(case_id in self.engine.state.early for case_id, _ in numbered_places(command))

    def _facts(self) -> Record:
        """All but which commands were counted: a refused one is."""
        records = self.engine.state.records()
        return {**records, "work": [{**item, "sequence": 0, "missed": []} for item in records["work"]]}

    def _note(self, events: Iterable[Event]) -> None:
        for event in events:
            self.seen[type(event).__name__] += 1
            if isinstance(event, SlaEntry):
                self._ledgers[event.case_id].append(event)
                self._touched.add(event.case_id)
            if isinstance(event, SlaBreached):
                _require(event.due_at is not None and event.at >= event.due_at, f"{event} is early.")
            if isinstance(event, WorkAssigned):
                _require(event.assignment_id not in self._assignments, f"{event} has the id of another.")
                self._assignments.add(event.assignment_id)
        self._store()

    def _store(self) -> None:
        changes = self.engine.take_changes()
        self._rows.update({item.case_id: json.dumps(work_record(item)) for item in changes.work_items})
        for case_id, number in changes.counted.items():
            self._rows[case_id] = json.dumps(json.loads(self._rows[case_id]) | {"sequence": number})
        for place, early in changes.early.items():
            if early is None:
                self._early.pop(place, None)
            else:
                self._early[place] = replace(early)
                self.seen["waits for its turn"] += 1
        self.seen["given up"] += len(self.engine.take_gaps())
        for item in changes.clocks_moved:
            row = json.loads(self._rows[item.case_id]) | {"clocks": clocks_record(item.clocks)}
            self._rows[item.case_id] = json.dumps(row)
        self._agents.update({agent.agent_id: json.dumps(agent_record(agent)) for agent in changes.agents})
        for agent in changes.agents_moved:
            moved = {"idle_since": agent.idle_since, "last_offered_at": agent.last_offered_at}
            self._agents[agent.agent_id] = json.dumps(json.loads(self._agents[agent.agent_id]) | moved)
        for agent_id in changes.agents_removed:
            self._agents.pop(agent_id, None)
        self._shares.update(changes.shares)
        self._waits.update(changes.answered_waits)
        for timer in changes.timers_cancelled:
            self.timers.pop((timer.case_id, timer.metric, timer.kind), None)
        self.timers.update({(armed.case_id, armed.metric, armed.kind): armed for armed in changes.timers_armed})

    def _rebuild(self, at: int) -> None:
        before = self.engine
        state = State.from_records(
            map(json.loads, self._rows.values()),
            map(json.loads, self._agents.values()),
            self._shares,
            self._waits,
            map(replace, self._early.values()),
        )
        _require(state.hash() == before.state_hash(), "The state rebuilt from the store is another.")
        for agent in state.agents.values():
            other = before.state.agents[agent.agent_id]
            _require(load_of(agent) == load_of(other), f"Agent {agent.agent_id} is rebuilt with another load.")
        self.engine = Engine(before.config, state)
        self.engine.floor.watch = watch
        _require(self.engine.advance(at) == (), "A new owner decided what the old one had not.")

    def _verify(self, at: int) -> None:
        problems = check(self.engine, at)
        if problems:
            raise Broken(" ".join(problems))
        self._verify_order()
        for case_id in self._touched & self.engine.state.work.keys():
            live = self.engine.state.work[case_id].clocks
            clocks = replay_ledger(self._ledgers[case_id])
            _require(all(clocks[metric] == clock for metric, clock in live.items()), f"Ledger of {case_id} differs.")
            gone = clocks.keys() - live.keys()
            _require(all(is_over(clocks[metric]) for metric in gone), f"Case {case_id} lost a clock.")
        self._touched.clear()

    def _verify_order(self) -> None:
        """Nothing is carried out that comes before what was carried out, over all lives of a case."""
        for case_id, item in self.engine.state.work.items():
            _require(item.sequence >= self._last.get(case_id, 0), f"The commands of case {case_id} went back.")
            self._last[case_id] = item.sequence


def watch(floor: Floor, item: WorkItem, agent: Agent) -> None:
    """At the moment of giving: the agent may have it, and nothing waiting that the agent could take comes before it."""
    why_not = obstacle(floor, item, agent)
    _require(why_not is None, f"{item.case_id} is given to {agent.agent_id}: {why_not}.")
    mine = order_of_work(floor, item)
    for other in floor.state.work.values():
        if other is not item and is_given_out(floor, other) and order_of_work(floor, other) < mine:
            passed_over = obstacle(floor, other, agent) is None
            _require(not passed_over, f"{item.case_id} is given before {other.case_id}, to {agent.agent_id}.")


def numbered_places(command: Any) -> tuple[Place, ...]:
    return places_of(command) if isinstance(command, CaseCommand) else ()


def load_of(agent: Agent) -> tuple[object, ...]:
    used, active = (Counter(counts) for counts in (agent.used, agent.active))
    return agent.held, agent.excess, +used, +active


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Broken(otherwise)
