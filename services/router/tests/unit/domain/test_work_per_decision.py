"""What a decision costs, counted in lines executed and not in time: it must not grow with the floor."""

import sys
from dataclasses import dataclass
from random import Random

import pytest

from router.domain.commands import ConfigureAgent, SetPresence, WorkClosed, WorkRequested
from router.domain.config import QueueConfig, RoutingConfig, Rule
from router.domain.engine import Engine
from router.domain.events import WorkAssigned, WorkRelaxed
from router.domain.model import ChannelClass, QueueMode
from router.domain.policies import RelaxationStep
from router.domain.requirements import SkillNeed
from router.domain.state import State

SKILLS = ("billing", "english", "japanese", "returns")
QUEUES = tuple(f"queue-{number}" for number in range(10))
MINUTE = 60_000
MOST_LINES = 1_000
SAME = 1.25


@dataclass(frozen=True, slots=True)
class Size:
    """Work beyond what the agents have room for waits."""

    agents: int
    work: int


class Busy:
    """The work came in over ten minutes, and the clock goes on at that pace, so that steps end while it is measured."""

    def __init__(self, size: Size) -> None:
        self.dice, self.cases, self.now = Random(1), 0, 1_790_000_000_000
        self.pace = 10 * MINUTE // size.work
        self.engine = Engine(a_config(), State())
        self.held: list[str] = []
        self.kinds: set[str] = set()
        for number in range(size.agents):
            self._hire(f"agent-{number:04}")
        for _ in range(size.work):
            self.request()

    def _hire(self, agent_id: str) -> None:
        skills = {name: self.dice.randrange(1, 11) for name in self.dice.sample(SKILLS, 2)}
        room = {ChannelClass.MESSAGING: 2}
        self.do(ConfigureAgent(agent_id, agent_id, tuple(self.dice.sample(QUEUES, 3)), skills, room))
        self.do(SetPresence(agent_id, "available"))

    def request(self) -> None:
        self.cases, self.now = self.cases + 1, self.now + self.pace
        facts = {"skill": self.dice.choice(SKILLS)}
        queue = self.dice.choice(QUEUES)
        self.do(WorkRequested(f"case-{self.cases}", self.now, "line", ChannelClass.MESSAGING, facts, queue=queue))

    def close(self) -> None:
        self.do(WorkClosed(self.held.pop(self.dice.randrange(len(self.held))), "resolved", self.now))

    def do(self, command) -> None:
        for event in self.engine.decide(command, self.now).events:
            self.kinds.add(type(event).__name__)
            if isinstance(event, WorkAssigned):
                self.held.append(event.case_id)

    def lines_per_decision(self, pairs: int) -> float:
        counted = Lines()
        with counted:
            for _ in range(pairs):
                self.close()
                self.request()
        return counted.total / (2 * pairs)


class Lines:
    """Counts the lines executed inside it, in whatever function."""

    def __enter__(self) -> None:
        self.total, self._before = 0, sys.gettrace()
        sys.settrace(self._count)

    def __exit__(self, *_) -> None:
        sys.settrace(self._before)

    def _count(self, frame, event, argument):
        self.total += event == "line"
        return self._count


def a_config() -> RoutingConfig:
    queues = {
        name: QueueConfig(name, 1 + number % 3, QueueMode.AUTO_ASSIGN, ageing_points_per_minute=0.5)
        for number, name in enumerate(QUEUES)
    }
    return RoutingConfig(1, queues, QUEUES[0], tuple(map(a_rule, SKILLS)))


def a_rule(skill: str) -> Rule:
    steps = (RelaxationStep((SkillNeed(skill, 8),), 4 * MINUTE), RelaxationStep((SkillNeed(skill, 3),), 8 * MINUTE))
    return Rule(skill, lambda context: context["skill"] == skill, relaxation=steps)


@pytest.mark.parametrize(
    ("small", "large"),
    [
        pytest.param(Size(40, 280), Size(40, 2_080), id="ten times the waiting work"),
        pytest.param(Size(40, 1_000), Size(400, 1_000 + 720), id="ten times the agents, with work waiting"),
        pytest.param(Size(40, 60), Size(400, 600), id="ten times the agents, with nothing waiting"),
    ],
)
def test_the_lines_that_a_decision_executes_do_not_grow_with_the_floor(small: Size, large: Size) -> None:
    costs = []
    for size in (small, large):
        busy = Busy(size)
        costs.append(busy.lines_per_decision(200))
        assert {WorkAssigned.__name__, "WorkDone"} <= busy.kinds
    assert costs[1] <= SAME * costs[0], f"{costs[0]:.0f} lines became {costs[1]:.0f}"
    assert costs[1] <= MOST_LINES


def test_steps_end_while_it_is_measured_so_that_their_cost_is_in_it() -> None:
    busy = Busy(Size(40, 1_000))
    busy.kinds.clear()
    busy.lines_per_decision(100)
    assert WorkRelaxed.__name__ in busy.kinds


def test_a_search_through_the_backlog_would_be_noticed() -> None:
    costs = []
    for size in (Size(40, 280), Size(40, 2_080)):
        busy = Busy(size)
        decide = busy.engine.decide

        def searching(command, now, busy=busy, decide=decide):
            for item in busy.engine.state.work.values():
                assert item.case_id
            return decide(command, now)

        busy.engine.decide = searching
        costs.append(busy.lines_per_decision(20))
    assert costs[1] > SAME * costs[0]
