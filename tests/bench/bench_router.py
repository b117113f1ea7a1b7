"""The router with its log and its store: assignments a second of one partition's owner, and where the time goes.

The floor is full: every agent has all the work there is room for, and a backlog waits. All commands are in the log before the clock starts:
the router stands still (SIGSTOP) while they are written. `arrivals`: each closing is followed by a request, so the backlog stays as
long as it is; two commands an assignment. `backlog`: closings alone. The clock stops when the last event is acknowledged by the broker.
"""

import os
import signal
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import bare_router
import figures
import sampling
from router_house import TENANT, RouterHouse, RouterProcess, Used, open_house, top

from contracts import config as c
from contracts import routing
from contracts.base import Contract
from contracts.values import Author, AuthorKind, CaseFacts, ContentKind, CustomerFacts, MessageFacts
from madoguchi.stack import StackOptions
from runtime.clock import SystemClock

AGENTS, QUEUES, WAITING, ROOM = 5_000, 100, 50_000, 3
SKILLS = tuple(f"skill-{number}" for number in range(8))
LINES = tuple(f"line-{number}" for number in range(10))
_LOADS = {"arrivals": True, "backlog": False}
_BY = Author(kind=AuthorKind.AGENT, id="agent-00000")


def queue_name(number: int) -> str:
    return f"queue-{number:02}"


def a_config() -> c.TenantConfig:
    """Ten rules in CEL share the work of ten lines among ten queues each; every rule asks for a skill and relaxes it."""
    queues = tuple(
        c.Queue(id=queue_name(n), priority=1 + n % 3, mode="auto_assign", ageing_points_per_minute=0.1)
        for n in range(QUEUES)
    )
    return c.TenantConfig(
        tenant=TENANT,
        revision=1,
        applied_at=SystemClock().now(),
        default_queue=queue_name(0),
        skills=SKILLS,
        channel_accounts=(c.ChannelAccount(id="line", channel="line"),),
        queues=queues,
        rules=tuple(a_rule(number, line) for number, line in enumerate(LINES)),
    )


def a_rule(number: int, line: str) -> c.RoutingRule:
    skill = SKILLS[number % len(SKILLS)]
    steps = (
        c.RelaxationStep(require=(c.Requirement(skill=skill, at_least=7),), until=timedelta(hours=1)),
        c.RelaxationStep(require=(c.Requirement(skill=skill, at_least=3),), until=timedelta(hours=2)),
    )
    split = tuple(c.QueueShare(queue=queue_name(10 * number + place), percent=10) for place in range(10))
    return c.RoutingRule(id=line, when=f'case.fields["line"] == "{line}"', split=split, relaxation=steps)


def agents(house: RouterHouse) -> list[Contract]:
    dice, commands = house.dice, []
    for number in range(AGENTS):
        name = f"agent-{number:05}"
        queues = tuple(map(queue_name, dice.sample(range(QUEUES), 5)))
        skills = {skill: dice.randrange(1, 11) for skill in dice.sample(SKILLS, 4)}
        commands += [
            routing.ConfigureAgent(
                agent_id=name, name=name, queues=queues, skills=skills, capacity={"messaging": ROOM}
            ),
            routing.SetPresence(agent_id=name, presence=routing.Presence.AVAILABLE, source="bench"),
        ]
    return commands


def a_request(house: RouterHouse) -> routing.WorkRequested:
    now, dice = SystemClock().now(), house.dice
    fields = {"line": dice.choice(LINES), "order": str(dice.getrandbits(40))}
    case = CaseFacts(id=house.id(), fields=fields, priority=dice.randrange(1, 10), opened_at=now)
    message = MessageFacts(
        id=house.id(), channel="line", account="line", kind=ContentKind.TEXT, text="配送はいつですか"
    )
    customer = CustomerFacts(id=house.id(), tier="standard")
    return routing.WorkRequested(case=case, customer=customer, message=message, requested_at=now)


def a_closing(case_id: Any) -> routing.WorkClosed:
    return routing.WorkClosed(case_id=case_id, reason="resolved", by=_BY, closed_at=SystemClock().now())


@dataclass(frozen=True)
class Measured:
    assignments: int
    commands: int
    events: int
    seconds: float
    cpu: dict[str, float]

    @property
    def rate(self) -> float:
        return self.assignments / self.seconds

    @property
    def bound(self) -> float:
        """The rate at which the router's one thread, or all cores together, would be full and nobody ever waited."""
        cores = len(os.sched_getaffinity(0))
        return self.assignments / max(self.cpu["router"], sum(self.cpu.values()) / cores)

    def cpu_us(self, part: str) -> float:
        return self.cpu[part] / self.assignments * 1e6


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions
) -> tuple[dict[str, float], dict[str, Any], str]:
    async with AsyncExitStack() as closing:
        house = await closing.enter_async_context(open_house(stack_options))
        await house.apply(a_config())
        router = RouterProcess(house)
        closing.push_async_callback(router.stop)
        await router.ready()
        loaded = await fill(house)
        found = {name: await _measure(house, router, arrivals) for name, arrivals in _LOADS.items()}
        profiles = {name: await _profile(house, router, arrivals) for name, arrivals in _LOADS.items()}
        raw = await _raw(house) | (await bare_router.run(house)).told()
    for name, profile in profiles.items():
        figures.save_flames(f"router-{name}", profile["stacks"])
    return *_told(found, profiles, raw, loaded), house.addresses.broker


async def fill(house: RouterHouse) -> dict[str, float]:
    begun = time.monotonic()
    commands = await house.command(agents(house))
    commands += await house.command([a_request(house) for _ in range(AGENTS * ROOM + WAITING)])
    await house.caught_up(600)
    return {"filled_commands_per_s": commands / (time.monotonic() - begun)}


async def _measure(house: RouterHouse, router: RouterProcess, arrivals: bool) -> Measured:
    held = await house.pool.fetch("SELECT case_id FROM assignment WHERE ended_at IS NULL ORDER BY case_id")
    assigned = await house.value("SELECT count(*) FROM assignment")
    published = await house.events_published()
    router.send(signal.SIGSTOP)
    commands: list[Contract] = []
    for row in held:
        commands.append(a_closing(row["case_id"]))
        if arrivals:
            commands.append(a_request(house))
    await house.command(commands)
    used = Used.since_now(house, router)
    begun = time.monotonic()
    router.send(signal.SIGCONT)
    await house.caught_up(600)
    seconds = time.monotonic() - begun
    cpu = used.seconds()
    assignments = await house.value("SELECT count(*) FROM assignment") - assigned
    events = await house.events_published() - published
    return Measured(assignments, len(commands), events, seconds, cpu)


async def _profile(house: RouterHouse, router: RouterProcess, arrivals: bool) -> sampling.Profile:
    """A round of its own: samples every 2 ms are work of the router too."""
    router.send(signal.SIGUSR1)
    await _measure(house, router, arrivals)
    return await router.profile()


async def _raw(house: RouterHouse) -> dict[str, float]:
    """What database and client library can do at most, on the same machine right after."""
    return {"raw_rows_per_s": await _raw_rows(house), "raw_produce_per_s": await _raw_produce(house)}


async def _raw_rows(house: RouterHouse) -> float:
    """Rows of 500 bytes by INSERT from unnest, 1,500 a statement, each statement durable."""
    async with house.pool.acquire() as connection:
        await connection.execute("CREATE TABLE raw_rows (id bigint PRIMARY KEY, value bytea)")
        sql = "INSERT INTO raw_rows SELECT * FROM unnest($1::bigint[], $2::bytea[])"
        begun = time.monotonic()
        for first in range(0, 30_000, 1_500):
            await connection.execute(sql, list(range(first, first + 1_500)), [b"x" * 500] * 1_500)
        rate = 30_000 / (time.monotonic() - begun)
        await connection.execute("DROP TABLE raw_rows")
    return rate


async def _raw_produce(house: RouterHouse) -> float:
    """The same 600 bytes to one partition, acknowledged by the broker."""
    from runtime.batches import RawRecord

    records = [RawRecord("routing.events", b"raw", b"{}" + b" " * 600, ())] * 5_000
    begun = time.monotonic()
    for _ in range(4):
        await house.producer.publish_raw(records, 60)
    return 20_000 / (time.monotonic() - begun)


def _told(
    found: dict[str, Measured], profiles: dict[str, Any], raw: dict[str, float], loaded: dict[str, float]
) -> tuple[dict[str, float], dict[str, Any]]:
    details: dict[str, Any] = {"agents": AGENTS, "queues": QUEUES, "waiting": WAITING, "skills": len(SKILLS)}
    for name, each in found.items():
        details |= {
            f"{name}_assignments_per_s": round(each.rate),
            f"{name}_bound_per_s": round(each.bound),
            f"{name}_assignments": each.assignments,
            f"{name}_commands_per_s": round(each.commands / each.seconds),
            f"{name}_events_per_s": round(each.events / each.seconds),
            f"{name}_seconds": round(each.seconds, 2),
        }
        details |= {f"{name}_cpu_us_{part}": round(each.cpu_us(part)) for part in each.cpu}
        details[f"{name}_router_cpu"] = "; ".join(top(profiles[name]["stages"], 12))
    details |= {name: round(value) for name, value in (raw | loaded).items()}
    flat = {
        "router_assignments_per_s": round(found["arrivals"].rate),
        "router_assignments_from_backlog_per_s": round(found["backlog"].rate),
        "router_cpu_us_per_assignment": round(found["arrivals"].cpu_us("router")),
    }
    return flat, details
