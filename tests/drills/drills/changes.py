"""Changes under load: the configuration again and again, and many timers that are due at one instant."""

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from contracts.config import TenantConfig
from contracts.topics import CONFIG
from drills.house import DrilledHouse
from drills.nemesis import Scene
from madoguchi.apply.publish import publish
from runtime.kafka import producer_client

REVISIONS = 6
UNREADABLE = (b"{not json", b"", b'{"specversion":"1.0","type":"madoguchi.Nothing"}')


async def change_configuration(scene: Scene) -> None:
    """Offer time-outs, capacities, names and SLA targets of both tenants; unreadable revisions between them; in the end as before."""
    house = scene.house
    for number in range(REVISIONS):
        await scene.pause(0.8, 1.8)
        for tenant, bundle in house.bundles.items():
            await _apply(house, tenant, _changed(bundle.config, number, scene.rng))
            scene.count()
        await _write_unreadable(house, scene.rng.choice(UNREADABLE))
        scene.count()
    for tenant, bundle in house.bundles.items():
        await _apply(house, tenant, bundle.config)
        scene.count()


async def _apply(house: DrilledHouse, tenant: str, config: TenantConfig) -> None:
    house.allow(config)
    await publish(replace(house.bundles[tenant], config=config), house.kafka)


def _changed(config: TenantConfig, number: int, rng: random.Random) -> TenantConfig:
    queues = [
        queue.model_copy(update={"offer_timeout": timedelta(seconds=rng.randint(1, 6))}) for queue in config.queues
    ]
    agents = [
        agent.model_copy(
            update={
                "name": f"{agent.id} {number}",
                "capacity": {**agent.capacity, "messaging": rng.randint(1, 5)},
            }
        )
        for agent in config.agents
    ]
    policies = [
        policy.model_copy(update={"targets": tuple(_retargeted(target, rng) for target in policy.targets)})
        for policy in config.sla_policies
    ]
    return config.model_copy(update={"queues": tuple(queues), "agents": tuple(agents), "sla_policies": tuple(policies)})


def _retargeted(target: Any, rng: random.Random) -> Any:
    return target.model_copy(update={"target": timedelta(seconds=rng.randint(1, 10))})


async def _write_unreadable(house: DrilledHouse, value: bytes) -> None:
    """Under a key of nobody's: on a compacted topic it replaces nothing."""
    client = producer_client(house.kafka)
    await client.start()
    try:
        await client.send_and_wait(CONFIG.name, value, b"nobody")
    finally:
        await client.stop()


async def timers_at_once(scene: Scene) -> None:
    """The clocks of all who wrote run out while no member of the router lives; its new members find them due together."""
    routers = scene.house.members["router"]
    async with asyncio.TaskGroup() as group:
        for part in routers:
            group.create_task(part.kill())
    scene.count(len(routers))
    await scene.pause(8.0, 10.0)
    async with asyncio.TaskGroup() as group:
        for part in routers:
            group.create_task(part.start())
