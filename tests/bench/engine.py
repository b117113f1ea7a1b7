"""The engine alone: decisions a second on one core, how their cost grows, and what an item and an agent weigh.

    python tests/bench/engine.py [--quick]

A command is work closed, which frees an agent who takes the next, or work requested, which joins the backlog. A timer is a
relaxation step that ended: the work is placed and matched anew. Decisions are commands and these timers. Skills are required
of all work and relaxed for half of it, ageing is on, queues have three priorities.
"""

import argparse
import gc
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from time import perf_counter, process_time
from typing import Any, Final

import figures

from router.domain import commands as c
from router.domain.config import QueueConfig, RoutingConfig, Rule
from router.domain.engine import Engine
from router.domain.events import Event
from router.domain.model import ChannelClass, QueueMode
from router.domain.policies import RelaxationStep
from router.domain.requirements import SkillNeed
from router.domain.state import State
from router.entrypoints.collector import loading

T0: Final = 1_790_000_000_000
SKILLS: Final = tuple(f"skill-{number}" for number in range(8))
ROOM: Final = 3
BATCH: Final = 500
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Size:
    agents: int
    queues: int
    waiting: int


@dataclass(slots=True)
class Spent:
    """Seconds of the engine alone, and what came of them."""

    cpu: float = 0.0
    wall: float = 0.0
    commands: int = 0
    events: Counter[str] = field(default_factory=Counter)

    @property
    def decisions(self) -> int:
        return self.commands + self.events["WorkRelaxed"]

    @property
    def cost_us(self) -> float:
        return 1e6 * self.cpu / self.decisions


class Desk:
    """The backlog came in over a hundred minutes, and the clock goes on at that pace: steps of an hour and of two do end."""

    def __init__(self, size: Size) -> None:
        self.dice = Random(1)
        self.now = T0
        self.pace_ms = 100 * 60_000 // max(size.waiting, 1)
        self.cases = 0
        self.queues = [f"queue-{number:03}" for number in range(size.queues)]
        self.engine = Engine(a_config(self.queues), State())
        self.held: list[str] = []
        for number in range(size.agents):
            self._hire(f"agent-{number:05}")
        for _ in range(size.agents * ROOM):
            self.do(self.request())
        for _ in range(size.waiting):
            self.now += self.pace_ms
            self.do(self.request())
        self.engine.take_changes()

    def _hire(self, agent_id: str) -> None:
        queues = tuple(self.dice.sample(self.queues, min(5, len(self.queues))))
        skills = {name: self.dice.randrange(1, 11) for name in self.dice.sample(SKILLS, 4)}
        self.do(c.ConfigureAgent(agent_id, agent_id, queues, skills, {ChannelClass.MESSAGING: ROOM}))
        self.do(c.SetPresence(agent_id, "available"))

    def request(self) -> c.Command:
        self.cases += 1
        skill = self.dice.choice(SKILLS)
        facts = {"skill": skill if self.cases % 2 else ""}
        required = None if self.cases % 2 else (SkillNeed(skill, self.dice.choice((1, 4, 7))),)
        queue, priority = self.dice.choice(self.queues), self.dice.randrange(1, 10)
        return c.WorkRequested(
            f"case-{self.cases}", self.now, "line", ChannelClass.MESSAGING, facts, None, priority, queue, required
        )

    def close(self) -> c.Command:
        """Any that is held, chosen by swapping it to the end."""
        at = self.dice.randrange(len(self.held))
        self.held[at], self.held[-1] = self.held[-1], self.held[at]
        return c.WorkClosed(self.held.pop(), "resolved", self.now)

    def do(self, command: c.Command) -> None:
        self._note(self.engine.decide(command, self.now).events)

    def _note(self, events: Sequence[Event]) -> Counter[str]:
        self.held += [event.case_id for event in events if type(event).__name__ == "WorkAssigned"]
        return Counter(type(event).__name__ for event in events)

    def _commands(self, count: int) -> Iterator[tuple[c.Command, int]]:
        for _ in range(count // 2):
            self.now += self.pace_ms
            yield self.close(), self.now
            yield self.request(), self.now

    def work_through(self, commands: int) -> Spent:
        """Commands are made before the clock starts; what a store would take over is taken over and thrown away."""
        spent = Spent()
        for _ in range(commands // BATCH):
            made, told = list(self._commands(BATCH)), list[Sequence[Event]]()
            cpu, wall = process_time(), perf_counter()
            for command, now in made:
                told.append(self.engine.decide(command, now).events)
            self.engine.take_changes()
            spent.cpu += process_time() - cpu
            spent.wall += perf_counter() - wall
            spent.commands += len(made)
            for events in told:
                spent.events += self._note(events)
        return spent


def a_config(queues: Sequence[str]) -> RoutingConfig:
    made = {name: a_queue(name, number) for number, name in enumerate(queues)}
    return RoutingConfig(1, made, queues[0], tuple(a_rule(skill) for skill in SKILLS))


def a_queue(name: str, number: int) -> QueueConfig:
    return QueueConfig(name, 1 + number % 3, QueueMode.AUTO_ASSIGN, ageing_points_per_minute=0.1)


def a_rule(skill: str) -> Rule:
    steps = (RelaxationStep((SkillNeed(skill, 7),), HOUR_MS), RelaxationStep((SkillNeed(skill, 3),), 2 * HOUR_MS))
    return Rule(skill, lambda context: context["skill"] == skill, relaxation=steps)


def best(size: Size, commands: int, runs: int) -> Spent:
    """Of several runs on one floor the cheapest: the others also measure the neighbours."""
    gc.collect()
    with loading():
        desk = Desk(size)
    desk.work_through(commands // 2)
    spent = min((desk.work_through(commands) for _ in range(runs)), key=lambda each: each.cost_us)
    gc.unfreeze()
    return spent


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


def curve(sizes: Sequence[Size], commands: int, runs: int) -> dict[Size, float]:
    return {size: best(size, commands, runs).cost_us for size in sizes}


def steepest(costs: dict[Size, float]) -> float:
    known = list(costs.values())
    return max(after / before for before, after in pairwise(known))


def measure(scale: int, runs: int) -> tuple[dict[str, float], dict[str, Any]]:
    full, commands = Size(5_000 // scale, 100, 50_000 // scale), 4_000
    spent = best(full, commands, runs)
    hired = [Size(number, 100, 10_000) for number in (100, 1_000, 10_000 // scale)]
    waiting = [Size(1_000, 100, number // scale) for number in (1_000, 10_000, 100_000)]
    by_agents, by_waiting = curve(hired, commands, runs), curve(waiting, commands, runs)
    flat = {
        "engine_decisions_per_s": spent.decisions / spent.cpu,
        "engine_commands_per_s": spent.commands / spent.cpu,
        "engine_growth_agents": steepest(by_agents),
        "engine_growth_waiting": steepest(by_waiting),
        "engine_bytes_per_waiting_item": weight(Size(100, 100, 1_000), Size(100, 100, 6_000)),
        "engine_bytes_per_agent": weight(Size(100, 100, 0), Size(1_100, 100, 0)),
    }
    details = {
        "floor": f"{full.agents} agents, {full.queues} queues, {full.waiting} waiting",
        "decisions by wall clock, 1/s": round(spent.decisions / spent.wall),
        "made by": ", ".join(f"{count} {kind}" for kind, count in sorted(spent.events.items())),
        "CPU us a decision by agents": told_curve({size.agents: cost for size, cost in by_agents.items()}),
        "CPU us a decision by waiting": told_curve({size.waiting: cost for size, cost in by_waiting.items()}),
    }
    rounded = {name: round(value, 2) for name, value in flat.items()}
    return rounded, rounded | details


def told_curve(costs: dict[int, float]) -> str:
    return ", ".join(f"{number}: {cost:.1f}" for number, cost in costs.items())


async def run(*, rounds: int, **_: object) -> tuple[dict[str, float], dict[str, Any], str]:
    """As `make bench` asks for it."""
    flat, details = measure(1, rounds)
    return flat, details, "no broker"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of most; the curves then have smaller ends")
    parser.add_argument("--runs", type=int, default=5, help="of which the cheapest counts (default 5)")
    asked = parser.parse_args()
    _, details = measure(10 if asked.quick else 1, asked.runs)
    sys.stdout.writelines(
        f"{name:34} {value if isinstance(value, str) else f'{value:,.2f}'}\n" for name, value in details.items()
    )
    sys.stdout.write(f"machine: {figures.machine()['cpu']}, load {figures.machine()['load_before']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
