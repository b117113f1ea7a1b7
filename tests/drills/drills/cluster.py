"""Brokers of a cluster killed under load, and consumer groups that never come to rest."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError

from contracts.topics import INBOUND_MESSAGES, TOPICS
from drills.house import SESSION_SECONDS, DrilledHouse
from drills.nemesis import Scene
from drills.observe import groups

Partition = Mapping[str, Any]
"""As the broker's own metadata say: `topic`, `leader`, `isr`, `replicas`."""

HEALED_WITHIN = 120.0
JOINED_WITHIN = 30.0


async def kill_leaders(scene: Scene) -> None:
    """Twice the broker that leads most partitions of the messages; work goes on with the other two."""
    if single := [
        row["topic"] for row in await _partitions(scene.house) if len(row["replicas"]) != len(scene.house.kafka_parts)
    ]:
        scene.complaints.append(f"void: {single[0]} is not on every broker")
    for _ in range(2):
        await scene.pause(2.0, 3.0)
        leader = await _busiest(scene.house)
        part = scene.house.kafka_parts[leader - 1]
        scene.count()
        await part.kill()
        await _until(scene.house, partial(_led_by_others, leader))
        await scene.pause(2.0, 3.0)
        await part.start()
        await _until(scene.house, _in_sync)


async def kill_majority(scene: Scene) -> None:
    """Two of three at once: below the least number of copies nothing may be acknowledged."""
    await scene.pause(2.0, 3.0)
    doomed = scene.rng.sample(scene.house.kafka_parts, 2)
    scene.count(len(doomed))
    async with asyncio.TaskGroup() as group:
        for part in doomed:
            group.create_task(part.kill())
    await scene.pause(1.0, 1.5)  # an answer that was on its way may arrive
    clock = asyncio.get_running_loop().time
    begun = clock()
    await scene.pause(8.0, 10.0)
    scene.silences.append((begun, clock()))
    async with asyncio.TaskGroup() as group:
        for part in doomed:
            group.create_task(part.start())
    await _until(scene.house, _in_sync)


def _led_by_others(dead: int, rows: Sequence[Partition]) -> bool:
    return all(row["leader"] not in (-1, dead) for row in rows)


def _in_sync(rows: Sequence[Partition]) -> bool:
    return all(len(row["isr"]) == len(row["replicas"]) for row in rows)


async def _busiest(house: DrilledHouse) -> int:
    rows = [row for row in await _partitions(house) if row["topic"] == INBOUND_MESSAGES.name]
    return Counter(int(row["leader"]) for row in rows).most_common(1)[0][0]


async def _until(house: DrilledHouse, holds: Callable[[Sequence[Partition]], bool]) -> None:
    async with asyncio.timeout(HEALED_WITHIN):
        while True:
            try:
                if holds(await _partitions(house)):
                    return
            except (KafkaError, TimeoutError, OSError):
                pass
            await asyncio.sleep(0.3)


async def _partitions(house: DrilledHouse) -> list[Partition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka.bootstrap, request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(15):
            await admin.start()
            told = await admin.describe_topics([topic.name for topic in TOPICS])
    finally:
        await admin.close()
    return [{"topic": topic["topic"], **partition} for topic in told for partition in topic["partitions"]]


async def rebalance_storm(scene: Scene) -> None:
    """Strangers join every consumer group, are given partitions, do nothing with them and leave, again and again."""
    await scene.pause(1.0, 2.0)
    async with asyncio.TaskGroup() as storm:
        for group, topic in await groups(scene.house):
            storm.create_task(_strangers(scene, group, topic))


async def _strangers(scene: Scene, group: str, topic: str) -> None:
    for _ in range(5):
        stranger = AIOKafkaConsumer(
            topic,
            bootstrap_servers=scene.house.kafka.bootstrap,
            group_id=group,
            enable_auto_commit=False,
            session_timeout_ms=int(SESSION_SECONDS * 1000),
            heartbeat_interval_ms=1_000,
            partition_assignment_strategy=(StickyPartitionAssignor,),
        )
        try:
            await _for(JOINED_WITHIN, stranger.start)
            scene.count()
            await scene.pause(0.3, 1.5)
        finally:
            await _for(JOINED_WITHIN, stranger.stop)
        await scene.pause(0.2, 1.0)


async def _for(seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    async with asyncio.timeout(seconds):
        await step()
