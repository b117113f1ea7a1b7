"""The faults, one function each. All leave the house whole when they return; `Scene` counts them."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from drills.dependencies import NAMES
from drills.house import MEMBERS, SESSION_SECONDS, DrilledHouse
from drills.ledger import Ledger
from drills.load import Load
from drills.observe import takeovers
from drills.parts import Part
from drills.proxy import Mode

SERVICES = ("ingest", "case-store", "router", "notifier")


@dataclass(slots=True)
class Scene:
    """What a fault works on. `complaints` are promises that a fault itself saw broken."""

    house: DrilledHouse
    load: Load
    ledger: Ledger
    rng: random.Random
    faults: int = 0
    complaints: list[str] = field(default_factory=list)

    async def pause(self, least: float, most: float) -> None:
        await asyncio.sleep(self.rng.uniform(least, most))

    def count(self, faults: int = 1) -> None:
        self.faults += faults


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


async def kill_kafka(scene: Scene) -> None:
    await scene.pause(1.5, 3.0)
    await restarted(scene, scene.house.parts["kafka"], scene.rng.uniform(1.0, 5.0))


async def _frozen(scene: Scene, part: Part, seconds: float) -> None:
    scene.count()
    part.freeze()
    try:
        await asyncio.sleep(seconds)
    finally:
        part.thaw()


async def freeze_postgres(scene: Scene) -> None:
    await scene.pause(1.5, 3.0)
    await _frozen(scene, scene.house.parts["postgres"], 12)


async def freeze_kafka(scene: Scene) -> None:
    await scene.pause(1.5, 3.0)
    await _frozen(scene, scene.house.parts["kafka"], 20)


async def lose_valkey(scene: Scene) -> None:
    """FLUSHALL in the middle, a freeze, a death: nothing that was promised is in it."""
    valkey = scene.house.parts["valkey"]
    await scene.pause(1.0, 2.0)
    await _flush(scene)
    await scene.pause(0.5, 1.5)
    await _frozen(scene, valkey, 4)
    await scene.pause(0.5, 1.5)
    await restarted(scene, valkey, 4)


async def _flush(scene: Scene) -> None:
    from redis.asyncio import Redis

    scene.count()
    async with Redis.from_url(scene.house.dependencies.direct.redis) as redis:
        await redis.flushall()


async def zombie(scene: Scene) -> None:
    """An owner sleeps longer than its session, the other member takes over, it wakes and believes to own still. Each member once."""
    for service in ("case-store", "router"):
        for part in scene.rng.sample(scene.house.members[service], MEMBERS):
            await scene.pause(0.5, 2.0)
            before = await takeovers(scene.house, service)
            await _frozen(scene, part, SESSION_SECONDS + 5)
            if await takeovers(scene.house, service) == before:
                scene.complaints.append(f"void: nobody took over while {part.name} slept")
            await scene.pause(2.0, 3.0)


async def networks(scene: Scene) -> None:
    """Slow, silent one way, silent the other, cut: before the database, the broker and the cache."""
    modes = ((Mode.PASS, 0.05), (Mode.SILENT_TO_US, 0.0), (Mode.SILENT_FROM_US, 0.0), (Mode.CUT, 0.0))
    for name in scene.rng.sample(NAMES, len(NAMES)):
        for mode, delay in modes:
            scene.count()
            scene.house.set_network(name, mode, delay)
            await scene.pause(1.0, 3.0)
            scene.house.set_network(name, Mode.PASS)
            await scene.pause(0.3, 1.0)


async def arm(scene: Scene, **fault: Any) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        (await http.post(f"{scene.house.control}/faults", json=fault)).raise_for_status()


async def strikes(house: DrilledHouse) -> int:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        counts = (await http.get(f"{house.control}/counts")).raise_for_status().json()
    return sum(counts["faults"].values())


def providers_fail(*faults: dict[str, Any]) -> Fault:
    async def fail(scene: Scene) -> None:
        before = await strikes(scene.house)
        for provider in ("line", "whatsapp", "webhooks"):
            for fault in faults:
                await arm(scene, provider=provider, **fault)
        await scene.pause(5.0, 6.0)
        struck = await strikes(scene.house)
        scene.count(struck - before)
        if struck == before:
            scene.complaints.append("void: no provider was asked while it was to fail")

    return fail


async def providers_unreachable(scene: Scene) -> None:
    """Refused and reset before anything was read; then the network goes silent for longer than a read's time-out."""
    for mode, seconds in ((Mode.CUT, 3.0), (Mode.SILENT_TO_US, 7.0)):
        await scene.pause(0.5, 1.5)
        scene.count()
        scene.house.providers.set(mode)
        await asyncio.sleep(seconds)
        scene.house.providers.set(Mode.PASS)


async def no_fault(scene: Scene) -> None:
    await scene.pause(3.0, 3.5)
