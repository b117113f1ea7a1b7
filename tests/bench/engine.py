"""The engine alone: decisions a second of processor time, how their cost grows, and what an item and an agent weigh.

    python tests/bench/engine.py [--quick]

A decision is a command: work closed, which frees an agent who takes the next; work requested, which joins the backlog.
Skills are required of all work and relaxed for half of it, ageing is on, queues have three priorities.
"""

import argparse
import gc
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from time import process_time

from router.domain import commands as c
from router.domain.config import QueueConfig, RoutingConfig, Rule
from router.domain.engine import Engine
from router.domain.events import WorkAssigned
from router.domain.model import ChannelClass, QueueMode
from router.domain.policies import RelaxationStep
from router.domain.requirements import SkillNeed
from router.domain.state import State

T0 = 1_790_000_000_000
SKILLS = tuple(f"skill-{number}" for number in range(8))
ROOM = 3
BATCH = 500


@dataclass(frozen=True, slots=True)
class Size:
    agents: int
    queues: int
    waiting: int


class Desk:
    def __init__(self, size: Size) -> None:
        self.dice = Random(1)
        self.now = T0
        self.cases = 0
        self.queues = [f"queue-{number:03}" for number in range(size.queues)]
        self.engine = Engine(a_config(self.queues), State())
        self.held: list[str] = []
        for number in range(size.agents):
            self._hire(f"agent-{number:05}")
        for _ in range(size.agents * ROOM + size.waiting):
            self.request()
        self.engine.take_changes()

    def _hire(self, agent_id: str) -> None:
        queues = tuple(self.dice.sample(self.queues, min(5, len(self.queues))))
        skills = {name: self.dice.randrange(1, 11) for name in self.dice.sample(SKILLS, 4)}
        self.do(c.ConfigureAgent(agent_id, agent_id, queues, skills, {ChannelClass.MESSAGING: ROOM}))
        self.do(c.SetPresence(agent_id, "available"))

    def request(self) -> None:
        self.cases += 1
        skill = self.dice.choice(SKILLS)
        facts = {"skill": skill if self.cases % 2 else ""}
        required = None if self.cases % 2 else (SkillNeed(skill, self.dice.choice((1, 4, 7))),)
        queue, priority = self.dice.choice(self.queues), self.dice.randrange(1, 10)
        request = c.WorkRequested(
            f"case-{self.cases}", self.now, "line", ChannelClass.MESSAGING, facts, None, priority, queue, required
        )
        self.do(request)

    def close(self) -> None:
        """Any that is held, chosen by swapping it to the end."""
        at = self.dice.randrange(len(self.held))
        self.held[at], self.held[-1] = self.held[-1], self.held[at]
        self.do(c.WorkClosed(self.held.pop(), "resolved", self.now))

    def do(self, command: c.Command) -> None:
        for event in self.engine.decide(command, self.now).events:
            if isinstance(event, WorkAssigned):
                self.held.append(event.case_id)

    def work_through(self, decisions: int) -> float:
        """Processor seconds of the engine alone; what a store would take over is taken over and thrown away."""
        spent = 0.0
        for batch in range(0, decisions, BATCH):
            start = process_time()
            for _ in range(min(BATCH, decisions - batch) // 2):
                self.now += 1
                self.close()
                self.request()
            self.engine.take_changes()
            spent += process_time() - start
        return spent


def a_config(queues: Sequence[str]) -> RoutingConfig:
    made = {name: a_queue(name, number) for number, name in enumerate(queues)}
    return RoutingConfig(1, made, queues[0], tuple(a_rule(skill) for skill in SKILLS))


def a_queue(name: str, number: int) -> QueueConfig:
    return QueueConfig(name, 1 + number % 3, QueueMode.AUTO_ASSIGN, ageing_points_per_minute=0.1)


def a_rule(skill: str) -> Rule:
    steps = (RelaxationStep((SkillNeed(skill, 7),), 3_600_000), RelaxationStep((SkillNeed(skill, 3),), 7_200_000))
    return Rule(skill, lambda context: context["skill"] == skill, relaxation=steps)


def rate(size: Size, decisions: int) -> float:
    desk = Desk(size)
    gc.collect()
    gc.freeze()
    desk.work_through(decisions // 10)
    spent = desk.work_through(decisions)
    gc.unfreeze()
    return decisions / spent


def weight(small: Size, large: Size) -> float:
    """Bytes by which the engine grows for each item or agent more."""
    sizes = []
    for size in (small, large):
        gc.collect()
        tracemalloc.start()
        desk = Desk(size)
        gc.collect()
        sizes.append(tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        del desk
    more = (large.waiting - small.waiting) or (large.agents - small.agents)
    return (sizes[1] - sizes[0]) / more


def curve(name: str, sizes: Sequence[Size], decisions: int) -> list[str]:
    lines, before = [f"cost of a decision as {name} grow tenfold:"], None
    for size in sizes:
        cost = 1e6 / rate(size, decisions)
        grown = "" if before is None else f"  {cost / before:.2f}x"
        lines.append(
            f"  {size.agents:>6} agents {size.queues:>4} queues {size.waiting:>7} waiting: {cost:6.1f} us{grown}"
        )
        before = cost
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of most; the curves then have smaller ends")
    scale = 10 if parser.parse_args().quick else 1
    full, decisions = Size(5_000 // scale, 100, 50_000 // scale), 40_000 // scale
    lines = [f"{rate(full, decisions):,.0f} decisions/s at {full}"]
    hired = (100, 1_000, 10_000) if scale == 1 else (100, 1_000)
    more = [Size(number, 100, 10_000) for number in hired]
    lines += curve("agents", more, decisions // 2)
    more = [Size(1_000, 100, number // scale) for number in (1_000, 10_000, 100_000)]
    lines += curve("waiting items", more, decisions // 2)
    lines.append(f"{weight(Size(100, 100, 1_000), Size(100, 100, 6_000)):,.0f} bytes per waiting item")
    lines.append(f"{weight(Size(100, 100, 0), Size(1_100, 100, 0)):,.0f} bytes per agent with {ROOM} items")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
