"""Random work on a small floor, every invariant checked at every step; a failure names its seed and step."""

import json
import random
from collections import defaultdict

import pytest

from router.domain import commands as c
from router.domain import matching
from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.config import QueueConfig, QueueShare, RoutingConfig, Rule, SlaMetric, SlaPolicy, Warn
from router.domain.engine import Engine
from router.domain.events import Event, SlaBreached, SlaEntry, SlaWarned, WorkAssigned
from router.domain.floor import Floor
from router.domain.invariants import check
from router.domain.ledger import is_over, replay_ledger
from router.domain.matching import obstacle
from router.domain.model import (
    Agent,
    AssignmentMethod,
    ChannelClass,
    MetricName,
    Presence,
    QueueMode,
    SkillNeed,
    TimerArmed,
    TimerKind,
    WorkItem,
    WorkState,
)
from router.domain.records import agent_record, work_record
from router.domain.state import State

SECOND, MINUTE = 1_000, 60_000
STEPS = 2_500
T0 = 1_790_000_000_000
CLASSES = [ChannelClass.MESSAGING, ChannelClass.ASYNC]
QUEUES = ["sales", "support", "returns", "walk-in"]
SKILLS = ["japanese", "billing"]


def a_config(dice: random.Random, revision: int) -> RoutingConfig:
    queues = {name: a_queue(dice, name) for name in QUEUES if name == "support" or dice.random() < 0.9}
    hours = {day: (Hours(9 * 60, 17 * 60), Hours(22 * 60, 3 * 60)) for day in range(7)}
    calendar = BusinessCalendar(CalendarConfig("shop", dice.randrange(1, 4), "Asia/Tokyo", hours))
    first = SlaMetric(
        MetricName.FIRST_RESPONSE, dice.choice([1, 5]) * MINUTE, warns=(Warn(percent=50), Warn(left_ms=20 * SECOND))
    )
    following = SlaMetric(MetricName.NEXT_RESPONSE, 2 * MINUTE, warns=(Warn(percent=80),))
    resolution = SlaMetric(
        MetricName.RESOLUTION,
        10 * MINUTE,
        {1: 3 * MINUTE},
        (Warn(percent=80),),
        calendar=dice.choice(["shop", None]),
        pause_on=frozenset({"waiting_on_customer", "on_hold"}),
    )
    names = sorted(queues)
    rules = (
        Rule("fails", lambda context: bool(context["nothing"])),
        Rule("vip", lambda context: context.get("tier") == "vip", queue=names[0], priority=1),
        Rule("shared", lambda context: context.get("tier") == "many", split=shares(names)),
    )
    return RoutingConfig(
        revision,
        queues,
        "support",
        rules,
        (SlaPolicy("standard", dice.randrange(1, 3), (first, following, resolution)),),
        {"shop": calendar},
        {"lunch": Presence.AWAY},
    )


def shares(names: list[str]) -> tuple[QueueShare, ...]:
    return (
        QueueShare(names[0], 100 - 10 * (len(names) - 1)),
        *(QueueShare(name, 10) for name in names[1:]),
    )


def a_queue(dice: random.Random, name: str) -> QueueConfig:
    return QueueConfig(
        name,
        dice.randrange(1, 4),
        QueueMode.PICK if name == "walk-in" else dice.choice([QueueMode.OFFER, QueueMode.AUTO_ASSIGN]),
        offer_timeout_ms=30 * SECOND,
        max_declines=dice.choice([4, 100]),
        wrap_up_ms=dice.choice([0, 20 * SECOND]),
        method=dice.choice(list(AssignmentMethod)),
        ageing_points_per_minute=dice.choice([0.0, 0.5]),
        presence_on_missed_offer=dice.choice([None, None, Presence.AWAY]),
    )


class Simulation:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = T0
        self.engine = Engine(a_config(self.dice, 1), State())
        self.cases = 0
        self.ledgers: dict[str, list[Event]] = defaultdict(list)
        self.timers: dict[tuple[str, MetricName, TimerKind], TimerArmed] = {}
        self.rows: dict[str, dict[str, object]] = {}
        self.agent_rows: dict[str, dict[str, object]] = {}
        self.shares: dict[str, dict[str, int]] = {}
        self.accepted: set[str] = set()
        self.touched: set[str] = set()
        self.commands = 0
        self.moves = [
            (8, self.request),
            (5, self.answer_offer),
            (4, self.reply),
            (3, self.write),
            (4, self.close),
            (2, self.set_presence),
            (1, self.configure),
            (1, self.pick),
            (1, self.requeue),
            (1, self.hold),
            (1, self.end_wrap_up),
            (6, self.fire_timers),
        ]

    def step(self) -> None:
        self.now += self.dice.choice([0, 1, 500, 3_000, 20_000])
        roll = self.dice.random()
        if roll < 0.002:
            self.note(self.engine.reconfigure(a_config(self.dice, self.engine.config.revision + 1), self.now).events)
        elif roll < 0.004:
            self.do(c.RemoveAgent(self.agent()))
        elif roll < 0.05:
            self.note(self.engine.advance(self.now))
        else:
            self.dice.choices([move for _, move in self.moves], [weight for weight, _ in self.moves])[0]()
        if self.engine.floor.now != self.now:
            self.note(self.engine.advance(self.now))

    def do(self, command: c.Command) -> None:
        self.commands += 1
        self.note(self.engine.advance(self.now))
        before = self.engine.state_hash() if self.commands % 20 == 0 else None
        decision = self.engine.decide(command, self.now)
        if decision.refused is not None:
            assert decision.events == ()
            assert before in (None, self.engine.state_hash()), "a refused command changed the state"
        self.note(decision.events)

    def note(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, SlaEntry):
                self.ledgers[event.case_id].append(event)
                self.touched.add(event.case_id)
            if isinstance(event, SlaBreached):
                assert event.due_at is not None
                assert event.at >= event.due_at, "breached early"
            if isinstance(event, SlaWarned):
                assert event.warning not in ("", None)
            if isinstance(event, WorkAssigned):
                assert event.assignment_id not in self.accepted, "the same assignment twice"
                self.accepted.add(event.assignment_id)
        self.store()

    def store(self) -> None:
        changes = self.engine.take_changes()
        for item in changes.work_items:
            self.rows[item.case_id] = json.loads(json.dumps(work_record(item)))
        for agent in changes.agents:
            self.agent_rows[agent.agent_id] = json.loads(json.dumps(agent_record(agent)))
        for agent_id in changes.agents_removed:
            self.agent_rows.pop(agent_id, None)
        self.shares.update(changes.shares)
        for timer in changes.timers_cancelled:
            self.timers.pop((timer.case_id, timer.metric, timer.kind), None)
        for armed in changes.timers_armed:
            self.timers[armed.case_id, armed.metric, armed.kind] = armed

    def rebuild(self) -> None:
        """As a new owner does: from the rows alone."""
        state = State.from_records(self.rows.values(), self.agent_rows.values(), self.shares)
        assert state.hash() == self.engine.state_hash(), "state rebuilt from the store differs"
        assert {a.agent_id: (a.held, a.excess) for a in state.agents.values()} == {
            a.agent_id: (a.held, a.excess) for a in self.engine.state.agents.values()
        }
        self.engine = Engine(self.engine.config, state)
        assert self.engine.advance(self.now) == ()

    def verify(self) -> None:
        assert check(self.engine, self.now) == []
        for case_id in self.touched & self.engine.state.work.keys():
            clocks = replay_ledger(self.ledgers[case_id])
            live = self.engine.state.work[case_id].clocks
            assert live == {metric: clock for metric, clock in clocks.items() if metric in live}
            assert all(is_over(clocks[metric]) for metric in clocks.keys() - live.keys())
        self.touched.clear()

    def a_case(self, *states: WorkState) -> WorkItem | None:
        items = [item for item in self.engine.state.work.values() if not states or item.state in states]
        return self.dice.choice(items) if items else None

    def agent(self) -> str:
        return f"agent-{self.dice.randrange(8)}"

    def request(self) -> None:
        if len(self.engine.state.work) > 30:
            return
        if self.cases and self.dice.random() < 0.15:
            case_id = f"case-{self.dice.randrange(self.cases)}"
        else:
            case_id, self.cases = f"case-{self.cases}", self.cases + 1
        needs = [SkillNeed(name, self.dice.randrange(1, 8)) for name in SKILLS if self.dice.random() < 0.3]
        self.now += 1
        self.do(
            c.WorkRequested(
                case_id,
                self.now,
                "line",
                self.dice.choice(CLASSES),
                {"tier": self.dice.choice(["vip", "many", "none"])},
                priority=self.dice.choice([None, None, 1, 5, 9]),
                queue=self.dice.choice([None, "returns", "walk-in"]),
                skills=tuple(needs),
                reopened=self.dice.random() < 0.5,
                original_created_at=self.dice.choice([None, self.now - 90 * SECOND]),
                last_agent=self.dice.choice([None, self.agent()]),
            )
        )

    def answer_offer(self) -> None:
        item = self.a_case(WorkState.OFFERED)
        if item is None or item.offer is None:
            return
        offer_id = self.dice.choice(item.offers).offer_id
        agent_id = item.offer.agent_id if self.dice.random() < 0.9 else self.agent()
        if self.dice.random() < 0.6:
            self.do(c.AcceptOffer(item.case_id, offer_id, agent_id))
        else:
            self.do(c.DeclineOffer(item.case_id, offer_id, agent_id, "busy"))

    def reply(self) -> None:
        item = self.a_case(WorkState.ASSIGNED)
        if item is not None:
            at = self.now - self.dice.choice([0, 0, 1_500])
            self.do(c.AgentReplied(item.case_id, "m", at, item.agent_id, bot=self.dice.random() < 0.2))

    def write(self) -> None:
        item = self.a_case()
        if item is not None:
            self.do(c.CustomerWrote(item.case_id, "m", self.now - self.dice.choice([0, 700])))

    def close(self) -> None:
        item = self.a_case(*self.dice.choice([(WorkState.ASSIGNED,), ()]))
        if item is not None:
            self.do(c.WorkClosed(item.case_id, "resolved", self.now))

    def set_presence(self) -> None:
        presence = self.dice.choice([*["available"] * 7, "busy", "away", "offline", "lunch", "odd"])
        self.do(c.SetPresence(self.agent(), presence, "agent", self.dice.choice([None, None, *CLASSES])))

    def configure(self) -> None:
        queues = tuple(name for name in sorted(self.engine.config.queues) if self.dice.random() < 0.7)
        skills = {name: self.dice.randrange(1, 11) for name in SKILLS if self.dice.random() < 0.6}
        capacity = {name: self.dice.randrange(0, 4) for name in CLASSES}
        self.do(c.ConfigureAgent(self.agent(), "A", queues, skills, capacity))

    def pick(self) -> None:
        item = self.a_case(WorkState.QUEUED)
        if item is not None:
            self.do(c.PickWork(item.case_id, self.agent()))

    def requeue(self) -> None:
        item = self.a_case()
        if item is not None:
            agent_id = self.dice.choice([None, item.agent_id, self.agent()])
            queue = self.dice.choice([None, *QUEUES])
            self.do(c.RequeueWork(item.case_id, agent_id, "please", queue))

    def hold(self) -> None:
        item = self.a_case()
        if item is not None:
            kind = self.dice.choice([c.WorkPaused, c.WorkResumed])
            self.do(kind(item.case_id, "on_hold", self.now))

    def end_wrap_up(self) -> None:
        item = self.a_case(WorkState.WRAPPING)
        if item is not None:
            self.do(c.EndWrapUp(item.case_id, item.agent_id or ""))

    def fire_timers(self) -> None:
        """As the poller does: claims (deletes) due rows, the oldest first; and now and then a stale or early one."""
        due = sorted((t for t in self.timers.values() if t.due_at <= self.now), key=lambda t: t.due_at)
        for timer in due[:3]:
            if self.timers.pop((timer.case_id, timer.metric, timer.kind), None) != timer:
                continue
            before = self.fired(timer)
            self.do(c.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version))
            assert self.fired(timer) == before + 1, "a due timer of this version fires once"
            if timer.kind is TimerKind.BREACH:
                self.do(c.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version))
                assert self.fired(timer) == before + 1
        early = [t for t in self.timers.values() if t.due_at > self.now]
        if early:
            timer = self.dice.choice(early)
            before = self.fired(timer)
            del self.timers[timer.case_id, timer.metric, timer.kind]
            self.do(c.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version))
            assert self.fired(timer) == before
            assert self.timers[timer.case_id, timer.metric, timer.kind] == timer

    def fired(self, timer: TimerArmed) -> int:
        kind = SlaBreached if timer.kind is TimerKind.BREACH else SlaWarned
        ledger = self.ledgers[timer.case_id]
        return sum(isinstance(entry, kind) and entry.metric is timer.metric for entry in ledger)


def outranked(floor: Floor, item: WorkItem, agent: Agent) -> str | None:
    """Waiting work that the agent could have taken and that ranks before this item."""
    others = (other for other in floor.state.work.values() if other.state is WorkState.QUEUED and other is not item)
    could = (
        other
        for other in others
        if not other.auto_offer_stopped
        and floor.queue_of(other).mode is not QueueMode.PICK
        and obstacle(floor, other, agent) is None
    )
    return next((other.case_id for other in could if rank(floor, other) < rank(floor, item)), None)


def rank(floor: Floor, item: WorkItem) -> tuple[int, float, int, str]:
    queue = floor.queue_of(item)
    gained = queue.ageing_points_per_minute * (floor.now - item.aged_from) / MINUTE
    return queue.priority, round(item.priority - gained, 6), item.aged_from, item.case_id


@pytest.mark.parametrize("seed", range(1, 5))
def test_invariants_hold_at_every_step_of_a_random_day(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    give = matching.give

    def give_in_order(floor: Floor, item: WorkItem, agent: Agent) -> None:
        assert outranked(floor, item, agent) is None, "priority order"
        assert obstacle(floor, item, agent) is None, "eligible"
        give(floor, item, agent)

    monkeypatch.setattr(matching, "give", give_in_order)
    simulation = Simulation(seed)
    for step in range(STEPS):
        try:
            simulation.step()
            simulation.verify()
            if step % 100 == 99:
                simulation.rebuild()
        except Exception as error:
            raise AssertionError(f"seed {seed}, step {step}: {error}") from error
    assert simulation.cases > STEPS / 20
    assert len(simulation.accepted) > STEPS / 40


def test_the_same_seed_gives_the_same_state() -> None:
    hashes = set()
    for _ in range(2):
        simulation = Simulation(99)
        for _ in range(500):
            simulation.step()
        hashes.add(simulation.engine.state_hash())
    assert len(hashes) == 1
