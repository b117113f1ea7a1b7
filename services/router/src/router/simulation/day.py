"""What happens next on a random day. It looks at the floor, so that most of what it does is possible."""

from collections.abc import Callable
from random import Random

from router.domain import commands as c
from router.domain.model import MetricName, TimerArmed, TimerKind, WorkItem, WorkState
from router.domain.requirements import Requirement, SkillNeed
from router.simulation.floors import AGENTS, CLASSES, QUEUES, SKILLS, TIERS
from router.simulation.player import Player
from router.simulation.post import Post
from router.simulation.steps import Pass, Rebuild, Reconfigure, Step

T0 = 1_790_000_000_000
MOST_WORK = 30


class Day:
    def __init__(self, seed: int, player: Player) -> None:
        self.dice = Random(seed)  # noqa: S311 (a simulation, not a secret)
        self.player = player
        self.post = Post(self.dice)
        self.now = T0
        self.cases = 0
        self.moves: list[tuple[int, Callable[[], c.Command | None]]] = [
            (9, self.request),
            (6, self.answer_offer),
            (4, self.reply),
            (3, self.write),
            (4, self.close),
            (3, self.set_presence),
            (2, self.configure),
            (1, self.change),
            (2, self.heartbeat),
            (1, self.pick),
            (1, self.requeue),
            (1, self.transfer),
            (1, self.force),
            (1, self.consult),
            (1, self.end_consult),
            (1, self.hold),
            (1, self.end_wrap_up),
            (1, self.change_facts),
            (1, self.merge),
            (6, self.fire_timer),
        ]

    def next_step(self) -> Step:
        self.now += self.dice.choice([0, 1, 500, 3_000, 20_000])
        if self.dice.random() < 0.002:
            self.now += self.dice.choice([600_000, 3_600_000, 8 * 86_400_000])
        roll = self.dice.random()
        if roll < 0.003:
            revision = self.player.engine.config.revision + 1
            return Step(self.now, Reconfigure(self.dice.randrange(1_000_000), revision))
        if roll < 0.006:
            return Step(self.now, c.RemoveAgent(self.agent()))
        if roll < 0.013:
            return Step(self.now, Rebuild())
        late = self.post.late()
        if late is not None:
            return Step(self.now, late)
        move = self.dice.choices([move for _, move in self.moves], [weight for weight, _ in self.moves])[0]
        command = move()
        return Step(self.now, (self.post.send(command) if command is not None else None) or Pass())

    def a_case(self, *states: WorkState) -> WorkItem | None:
        items = [item for item in self.player.engine.state.work.values() if not states or item.state in states]
        return self.dice.choice(items) if items else None

    def agent(self) -> str:
        return self.dice.choice(AGENTS)

    def needs(self) -> tuple[Requirement, ...]:
        return tuple(SkillNeed(name, self.dice.randrange(1, 8)) for name in SKILLS if self.dice.random() < 0.3)

    def request(self) -> c.Command | None:
        if len(self.player.engine.state.work) > MOST_WORK:
            return None
        if self.cases and self.dice.random() < 0.15:
            case_id = f"case-{self.dice.randrange(self.cases)}"
        else:
            case_id, self.cases = f"case-{self.cases}", self.cases + 1
        self.now += 1
        return c.WorkRequested(
            case_id,
            self.now,
            "line",
            self.dice.choice(CLASSES),
            {"customer": {"tier": self.dice.choice(TIERS)}},
            priority=self.dice.choice([None, None, 1, 5, 9]),
            queue=self.dice.choice([None, None, "returns", "overnight", "walk-in"]),
            skills=self.dice.choice([None, None, self.needs()]),
            reopened=self.dice.random() < 0.5,
            original_created_at=self.dice.choice([None, self.now - 90_000]),
            last_agent=self.dice.choice([None, self.agent()]),
        )

    def answer_offer(self) -> c.Command | None:
        item = self.a_case(WorkState.OFFERED)
        if item is None or item.offer is None:
            return None
        offer_id = self.dice.choice(item.offers).offer_id
        agent_id = item.offer.agent_id if self.dice.random() < 0.9 else self.agent()
        if self.dice.random() < 0.6:
            return c.AcceptOffer(item.case_id, offer_id, agent_id)
        return c.DeclineOffer(item.case_id, offer_id, agent_id, "busy")

    def reply(self) -> c.Command | None:
        item, at = self.a_case(WorkState.ASSIGNED), self.now - self.dice.choice([0, 0, 1_500])
        bot = self.dice.random() < 0.2
        return None if item is None else c.AgentReplied(item.case_id, "m", at, item.agent_id, bot)

    def write(self) -> c.Command | None:
        parked = [item for item in self.player.engine.state.work.values() if item.parked_at is not None]
        item = self.dice.choice(parked) if parked and self.dice.random() < 0.3 else self.a_case()
        at = self.now - self.dice.choice([0, 700])
        return None if item is None else c.CustomerWrote(item.case_id, "m", at)

    def close(self) -> c.Command | None:
        item = self.a_case(*self.dice.choice([(WorkState.ASSIGNED,), ()]))
        return None if item is None else c.WorkClosed(item.case_id, "resolved", self.now)

    def set_presence(self) -> c.Command | None:
        presence = self.dice.choice([*["available"] * 9, "busy", "away", "offline", "lunch", "training", "odd"])
        return c.SetPresence(self.agent(), presence, "agent", self.dice.choice([None, None, None, *CLASSES]))

    def configure(self) -> c.Command | None:
        queues = tuple(name for name in sorted(self.player.engine.config.queues) if self.dice.random() < 0.7)
        skills = {name: self.dice.randrange(1, 11) for name in SKILLS if self.dice.random() < 0.6}
        capacity = {name: self.dice.randrange(0, 4) for name in CLASSES}
        return c.ConfigureAgent(self.agent(), "A", queues, skills, capacity)

    def change(self) -> c.Command:
        if self.dice.random() < 0.5:
            return c.ChangeAgent(self.agent(), capacity={name: self.dice.randrange(0, 4) for name in CLASSES})
        return c.ChangeAgent(self.agent(), skills={name: self.dice.randrange(1, 11) for name in SKILLS})

    def heartbeat(self) -> c.Command | None:
        lost = [agent.agent_id for agent in self.player.engine.state.agents.values() if agent.lost_at is not None]
        agent_id = self.dice.choice(lost) if lost else self.agent()
        return c.HeartbeatReceived(agent_id, self.dice.choice([5_000, 40_000, 3_600_000]))

    def pick(self) -> c.Command | None:
        item = self.a_case(WorkState.QUEUED)
        return None if item is None else c.PickWork(item.case_id, self.agent())

    def requeue(self) -> c.Command | None:
        item = self.a_case()
        by = self.dice.choice([None, item.agent_id if item is not None else None, self.agent()])
        return None if item is None else c.RequeueWork(item.case_id, by, "please", self.dice.choice([None, *QUEUES]))

    def transfer(self) -> c.Command | None:
        item = self.a_case()
        if item is None:
            return None
        by = self.dice.choice([None, item.agent_id])
        targets = [
            c.TransferWork(item.case_id, by, to_agent=self.agent(), note="yours"),
            c.TransferWork(item.case_id, by, to_queue=self.dice.choice(QUEUES)),
            c.TransferWork(item.case_id, by, to_skills=self.needs()),
            c.TransferWork(item.case_id, self.agent(), to_agent=self.agent(), to_queue="sales"),
        ]
        return self.dice.choices(targets, [5, 3, 3, 1])[0]

    def force(self) -> c.Command | None:
        item = self.a_case()
        return None if item is None else c.ForceAssign(item.case_id, self.agent(), "boss", "now")

    def consult(self) -> c.Command | None:
        item, kind = self.a_case(WorkState.ASSIGNED), self.dice.choice(["consult", "monitor", "stare"])
        by = self.dice.choice([None, None if item is None else item.agent_id, self.agent()])
        return None if item is None else c.StartConsult(item.case_id, self.agent(), kind, by)

    def end_consult(self) -> c.Command | None:
        items = [item for item in self.player.engine.state.work.values() if item.consults]
        item = self.dice.choice(items) if items else self.a_case()
        agent_id = item.consults[0][0] if item is not None and item.consults else self.agent()
        by = self.dice.choice([None, agent_id, self.agent()])
        return None if item is None else c.EndConsult(item.case_id, agent_id, by)

    def hold(self) -> c.Command | None:
        item = self.a_case()
        if item is None:
            return None
        if self.dice.random() < 0.5:
            return c.WorkPaused(item.case_id, "on_hold", self.now)
        return c.WorkResumed(item.case_id, "on_hold", self.now)

    def end_wrap_up(self) -> c.Command | None:
        item = self.a_case(WorkState.WRAPPING)
        return None if item is None else c.EndWrapUp(item.case_id, item.agent_id or "")

    def change_facts(self) -> c.Command | None:
        item, facts = self.a_case(), {"customer": {"tier": self.dice.choice(TIERS)}}
        priority = self.dice.choice([None, 1, 4])
        return None if item is None else c.FactsChanged(item.case_id, self.now, facts, priority)

    def merge(self) -> c.Command | None:
        item, other = self.a_case(), self.a_case()
        return None if item is None or other is None else c.WorkMerged(item.case_id, other.case_id, self.now)

    def fire_timer(self) -> c.Command | None:
        """As the poller does it: a due row, and now and then a stale or an early one."""
        timers = sorted(self.player.timers.values(), key=lambda timer: (timer.due_at, timer.case_id, timer.metric))
        due = [timer for timer in timers if timer.due_at <= self.now]
        if due and self.dice.random() < 0.9:
            return self._fired(due[0])
        return self._fired(self.dice.choice(timers)) if timers else None

    def _fired(self, timer: TimerArmed) -> c.Command:
        key: tuple[str, MetricName, TimerKind] = (timer.case_id, timer.metric, timer.kind)
        if timer.due_at <= self.now:
            del self.player.timers[key]
        version = timer.version if self.dice.random() < 0.95 else timer.version - 1
        return c.SlaTimerDue(timer.case_id, timer.metric, timer.kind, version)
