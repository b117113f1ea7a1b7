"""Random lives of cases: the ledger, written to JSON and replayed, is the live state at every step."""

import json
import random
from collections import Counter
from collections.abc import Callable

import pytest

from router.adapters.rows import entry_from, entry_json
from router.domain import commands as c
from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.config import QueueConfig, RoutingConfig, SlaMetric, SlaPolicy, Warn
from router.domain.engine import Engine
from router.domain.events import Event, SlaActionTaken, SlaApplied, SlaBreached, SlaEntry, SlaWarned
from router.domain.invariants import check
from router.domain.ledger import is_over, replay_ledger, timers
from router.domain.model import ChannelClass, ClockStatus, MetricName, QueueMode, TimerArmed, TimerKind, WorkState
from router.domain.records import agent_record, clocks_record, work_record
from router.domain.sla_config import OnReopen, SlaAction, SlaActionKind
from router.domain.state import State

MINUTE = 60_000
HOUR = 60 * MINUTE
STEPS = 500
HOLDS = ["waiting_on_customer", "on_hold", "courier"]
RAISE, NOTIFY = SlaAction(SlaActionKind.RAISE_PRIORITY), SlaAction(SlaActionKind.NOTIFY_SUPERVISOR)
MOVE = SlaAction(SlaActionKind.MOVE_QUEUE, "escalated")


def a_policy(dice: random.Random, name: str, tier: str | None) -> SlaPolicy:
    names = [name for name in MetricName if dice.random() < 0.8] or [MetricName.RESOLUTION]
    return SlaPolicy(
        name,
        dice.randrange(1, 4),
        tuple(a_metric(dice, name) for name in names),
        None if tier is None else lambda context: context["customer"]["tier"] == tier,
        on_reopen=dice.choice(list(OnReopen)),
    )


def a_metric(dice: random.Random, name: MetricName) -> SlaMetric:
    return SlaMetric(
        name,
        dice.choice([5, 30, 600]) * MINUTE,
        {1: 2 * MINUTE},
        (Warn(percent=50, actions=(NOTIFY,)), Warn(left_ms=MINUTE, actions=(RAISE,))),
        calendar=dice.choice(["shop", None]),
        pause_on=frozenset(dice.sample([*HOLDS, "tag:blue"], 2)),
        on_breach=(NOTIFY, MOVE),
    )


def a_config(dice: random.Random, revision: int) -> RoutingConfig:
    opens = dice.choice([8, 9]) * 60
    hours = {day: (Hours(opens, 12 * 60), Hours(13 * 60, 17 * 60), Hours(22 * 60, 3 * 60)) for day in range(7)}
    return RoutingConfig(
        revision,
        {"support": QueueConfig("support", mode=QueueMode.AUTO_ASSIGN), "escalated": QueueConfig("escalated")},
        "support",
        sla_policies=(a_policy(dice, "gold", "gold"), a_policy(dice, "standard", None)),
        calendars={"shop": BusinessCalendar(CalendarConfig("shop", opens, "Europe/London", hours))},
    )


class Life:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = 1_790_000_000_000
        self.engine = Engine(a_config(self.dice, 1), State())
        self.events: dict[str, list[Event]] = {}
        self.timers: dict[tuple[str, MetricName, TimerKind], TimerArmed] = {}
        self.rows: dict[str, dict[str, object]] = {}
        self.agents: dict[str, dict[str, object]] = {}
        self.shares: dict[str, dict[str, int]] = {}
        self.waits: dict[str, dict[str, int]] = {}
        self.cases = 0
        self.told: Counter[str] = Counter()
        self.expected: Counter[SlaActionKind] = Counter()
        self.do(c.ConfigureAgent("aoi", "Aoi", ("support",), {}, {ChannelClass.MESSAGING: 3}))
        self.do(c.SetPresence("aoi", "available"))

    def step(self) -> None:
        self.now += self.dice.choice([0, 1, 977, 61_000, 13 * MINUTE])
        moves = [self.request, self.reply, self.write, self.hold, self.facts, self.close, self.merge, self.change]
        moves[self.dice.choices(range(8), [5, 5, 5, 5, 3, 3, 1, 0.3])[0]]()
        self.fire()

    def do(self, command: c.Command) -> None:
        config = self.engine.config
        for event in self.engine.decide(command, self.now).events:
            self.told[type(event).__name__] += 1
            case_id = getattr(event, "case_id", None)
            if case_id is not None:
                self.events.setdefault(case_id, []).append(event)
            if isinstance(event, SlaWarned | SlaBreached):
                warning = event.warning if isinstance(event, SlaWarned) else None
                policy = config.policy(event.policy)
                metric = policy.metric(event.metric) if policy is not None else None
                actions = metric.actions_at(warning) if metric is not None else ()
                self.expected.update(action.kind for action in actions)
            if isinstance(event, SlaActionTaken):
                self.expected[event.action] -= 1
        assert set(self.expected.values()) <= {0}, "each action once per warning and breach"
        self.store()

    def store(self) -> None:
        changes = self.engine.take_changes()
        self.rows.update({item.case_id: json.loads(json.dumps(work_record(item))) for item in changes.work_items})
        for item in changes.clocks_moved:
            self.rows[item.case_id]["clocks"] = json.loads(json.dumps(clocks_record(item.clocks)))
        self.agents.update({agent.agent_id: agent_record(agent) for agent in changes.agents})
        self.agents.update({agent.agent_id: agent_record(agent) for agent in changes.agents_moved})
        self.shares.update(changes.shares)
        self.waits.update(changes.answered_waits)
        for timer in changes.timers_cancelled:
            self.timers.pop((timer.case_id, timer.metric, timer.kind), None)
        for armed in changes.timers_armed:
            self.timers[armed.case_id, armed.metric, armed.kind] = armed

    def verify(self) -> None:
        assert check(self.engine, self.now) == []
        wanted = {}
        for case_id, item in self.engine.state.work.items():
            entries = [event for event in self.events[case_id] if isinstance(event, SlaEntry)]
            clocks = replay_ledger(entry_from(type(entry).__name__, entry_json(entry)) for entry in entries)
            assert {name: clocks[name] for name in item.clocks} == item.clocks
            assert all(is_over(clock) for name, clock in clocks.items() if name not in item.clocks)
            for clock in item.clocks.values():
                assert (clock.remaining_ms is None) == (clock.status is ClockStatus.RUNNING)
                for kind, (due_at, version) in timers(clock).items():
                    wanted[case_id, clock.metric, kind] = (due_at, version)
        assert {key: (timer.due_at, timer.version) for key, timer in self.timers.items()} == wanted

    def breaches_once(self) -> None:
        for events in self.events.values():
            breached: Counter[MetricName] = Counter()
            for event in events:
                if isinstance(event, SlaApplied) and not event.resumed:
                    breached[event.metric] = 0
                elif isinstance(event, SlaBreached):
                    breached[event.metric] += 1
                    assert event.due_at is not None
                    assert event.due_at <= event.at
            assert max(breached.values(), default=0) <= 1

    def rebuild(self) -> None:
        state = State.from_records(self.rows.values(), self.agents.values(), self.shares, self.waits)
        assert state.hash() == self.engine.state_hash()
        assert state.past_work == self.engine.state.past_work
        self.engine = Engine(self.engine.config, state)
        assert self.engine.advance(self.now) == ()

    def a_case(self) -> str | None:
        return self.dice.choice(sorted(self.engine.state.work)) if self.engine.state.work else None

    def of_a_case(self, command: Callable[[str], c.Command]) -> None:
        case_id = self.a_case()
        if case_id is not None:
            self.do(command(case_id))

    def attributes(self) -> dict[str, object]:
        return {
            "customer": {"tier": self.dice.choice(["gold", "none"])},
            "case": {"tags": self.dice.sample(["blue", "red"], self.dice.randrange(3))},
        }

    def request(self) -> None:
        reopened = self.cases > 0 and self.dice.random() < 0.5
        if len(self.engine.state.work) > 12:
            return
        self.cases += not reopened
        case_id = f"case-{self.dice.randrange(self.cases) if reopened else self.cases - 1}"
        text = self.dice.choice(["thanks", "x" * 60])
        attributes = {**self.attributes(), "message": {"text": text, "kind": "text"}}
        self.do(c.WorkRequested(case_id, self.now, "line", ChannelClass.MESSAGING, attributes, reopened=reopened))

    def reply(self) -> None:
        at, how = self.now - self.dice.choice([0, 0, 1_500]), self.dice.choice(["automatic", "internal", "bot", "", ""])
        self.of_a_case(lambda case_id: c.AgentReplied(case_id, "m", at, "aoi", **({how: True} if how else {})))

    def write(self) -> None:
        text = self.dice.choice(["thanks", "x" * 60])
        self.of_a_case(lambda case_id: c.CustomerWrote(case_id, "m", self.now - self.dice.choice([0, 700]), text))

    def hold(self) -> None:
        kind = self.dice.choice([c.WorkPaused, c.WorkResumed])
        self.of_a_case(lambda case_id: kind(case_id, self.dice.choice(HOLDS), self.now))

    def facts(self) -> None:
        priority = self.dice.choice([None, None, 1, 5])
        self.of_a_case(lambda case_id: c.FactsChanged(case_id, self.now, self.attributes(), priority))

    def close(self) -> None:
        self.of_a_case(lambda case_id: c.WorkClosed(case_id, "resolved", self.now))

    def merge(self) -> None:
        self.of_a_case(lambda case_id: c.WorkMerged(case_id, self.a_case() or case_id, self.now))

    def change(self) -> None:
        self.do(c.ConfigChanged(a_config(self.dice, self.engine.config.revision + 1)))

    def fire(self) -> None:
        due = sorted((t for t in self.timers.values() if t.due_at <= self.now), key=lambda t: (t.due_at, t.case_id))
        for timer in due[: self.dice.randrange(4)]:
            key = timer.case_id, timer.metric, timer.kind
            if self.timers.get(key) == timer:
                del self.timers[key]
                self.do(c.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version))
                if timer.kind is TimerKind.BREACH:
                    self.do(c.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version))


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_replayed_ledger_equals_the_live_state_at_every_step(seed: int) -> None:
    life = Life(seed)
    for step in range(STEPS):
        try:
            life.step()
            life.verify()
            if step % 50 == 49:
                life.rebuild()
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {step}: {error!r}") from error
    life.breaches_once()
    kinds = {kind.__name__ for kind in SlaEntry.__subclasses__()} | {"SlaActionTaken"}
    assert {kind for kind in kinds if not life.told[kind]} == set(), "every kind of entry was met"
    assert any(item.state is WorkState.QUEUED for item in life.engine.state.work.values()) or life.cases > 20
