"""Processes killed, stopped and frozen. Every fault leaves the house whole when it returns; `Scene` counts them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from drills.house import MEMBERS, SESSION_SECONDS, DrilledHouse
from drills.ledger import Ledger
from drills.load import Load
from drills.observe import takeovers
from drills.parts import Part

SERVICES = ("ingest", "case-store", "router", "notifier")


@dataclass(slots=True)
class Scene:
    """What a fault works on. `complaints` are promises that a fault itself saw broken; within `silences`, by the loop's clock,
    no message may have been acknowledged."""

    house: DrilledHouse
    load: Load
    ledger: Ledger
    rng: random.Random
    faults: int = 0
    complaints: list[str] = field(default_factory=list)
    silences: list[tuple[float, float]] = field(default_factory=list)

    async def pause(self, least: float, most: float) -> None:
        await asyncio.sleep(self.rng.uniform(least, most))

    def count(self, faults: int = 1) -> None:
        self.faults += faults


class NotHere(Exception):
    """What is missing, as one sentence."""


Fault = Callable[[Scene], Awaitable[None]]


async def restarted(scene: Scene, part: Part, down: float) -> None:
    scene.count()
    await part.kill()
    await asyncio.sleep(down)
    await part.start()


async def kill_services(scene: Scene) -> None:
    """Each service once, any member, at any moment; sometimes both members are down together."""
    services = scene.rng.sample(SERVICES, len(SERVICES))
    for service in services:
        await scene.pause(0.5, 2.0)
        members = scene.house.members[service]
        doomed = members if scene.rng.random() < 0.5 else (scene.rng.choice(members),)
        async with asyncio.TaskGroup() as group:
            for part in doomed:
                group.create_task(restarted(scene, part, scene.rng.uniform(0.1, 1.5)))


async def terminate_services(scene: Scene) -> None:
    """SIGTERM under load: every member of every service in turn drains and ends with status 0."""
    for service in SERVICES:
        for part in scene.house.members[service]:
            await scene.pause(0.2, 0.8)
            scene.count()
            status = await part.stop()
            if status != 0:
                scene.complaints.append(f"{part.name} ended with status {status} on SIGTERM")
            await part.start()


async def kill_postgres(scene: Scene) -> None:
    for _ in range(2):
        await scene.pause(1.5, 3.0)
        await restarted(scene, scene.house.parts["postgres"], scene.rng.uniform(0.5, 4.0))


def kill_kafka(least: float, most: float) -> Fault:
    async def kill(scene: Scene) -> None:
        await scene.pause(1.5, 3.0)
        await restarted(scene, scene.house.parts["kafka"], scene.rng.uniform(least, most))

    return kill


async def frozen(scene: Scene, part: Part, seconds: float) -> None:
    scene.count()
    part.freeze()
    try:
        await asyncio.sleep(seconds)
    finally:
        part.thaw()


async def freeze_postgres(scene: Scene) -> None:
    await scene.pause(1.5, 3.0)
    await frozen(scene, scene.house.parts["postgres"], 12)


async def freeze_kafka(scene: Scene) -> None:
    await scene.pause(1.5, 3.0)
    await frozen(scene, scene.house.parts["kafka"], 20)


async def lose_valkey(scene: Scene) -> None:
    """FLUSHALL in the middle, a freeze, a death: nothing that was promised is in it."""
    valkey = scene.house.parts["valkey"]
    await scene.pause(1.0, 2.0)
    await _flush(scene)
    await scene.pause(0.5, 1.5)
    await frozen(scene, valkey, 4)
    await scene.pause(0.5, 1.5)
    await restarted(scene, valkey, 4)


async def _flush(scene: Scene) -> None:
    from redis.asyncio import Redis

    scene.count()
    async with Redis.from_url(scene.house.dependencies.direct.redis) as redis:
        await redis.flushall()


def zombie(*services: str) -> Fault:
    async def sleep(scene: Scene) -> None:
        """An owner sleeps longer than its session, the other member takes over, it wakes and believes to own still."""
        for service in services:
            for part in scene.rng.sample(scene.house.members[service], MEMBERS):
                await scene.pause(0.5, 2.0)
                before = await takeovers(scene.house, service)
                await frozen(scene, part, SESSION_SECONDS + 5)
                if await takeovers(scene.house, service) == before:
                    scene.complaints.append(f"void: nobody took over while {part.name} slept")
                await scene.pause(2.0, 3.0)

    return sleep


async def freeze_services(scene: Scene) -> None:
    """Each member of every service stands still for less than its session: a long pause, no takeover."""
    for service in scene.rng.sample(SERVICES, len(SERVICES)):
        for part in scene.house.members[service]:
            await scene.pause(0.1, 0.5)
            await frozen(scene, part, scene.rng.uniform(1.5, SESSION_SECONDS - 2))


async def power_cut(scene: Scene) -> None:
    """Everything at one instant, broker, database and cache too; what comes back first comes back first."""
    await scene.pause(2.5, 4.0)
    parts = list(scene.house.parts.values())
    scene.count(len(parts))
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part.kill())
    async with asyncio.TaskGroup() as group:
        for part in scene.rng.sample(parts, len(parts)):
            group.create_task(part.start())


async def no_fault(scene: Scene) -> None:
    await scene.pause(3.0, 3.5)
