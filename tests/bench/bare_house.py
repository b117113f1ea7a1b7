"""The bare pipeline on the house's own stack, its services stopped, under the same load."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from asked import HERE, asked
from bare_pipeline import ASSIGNED, FILED, INBOUND, RESULTS, TABLE, TOPICS
from load import Job, opened
from loader import loader
from processes import cpu_seconds
from search import highest

from madoguchi.house.saved import House
from madoguchi.house.secrets import open_secrets
from madoguchi.settings import inherited_environment
from madoguchi.settings_table import SERVICES
from madoguchi.stack import Command, Process, free_ports, http_ready, load_stack, stop_pids
from runtime.settings import KafkaSettings

ROLES = ("history", "router", "notifier")
MESSAGES_EACH = 5
_SETTLE_SECONDS = 120.0
_LATE_SECONDS = 1.5


@dataclass(frozen=True)
class Bare:
    """`cpu_ms`: milliseconds per message of all bare processes, broker and database, a round each. `rate_held`: messages per second.

    `by_rate`: the same milliseconds by messages per second, of the rounds that looked for the rate.
    """

    cpu_ms: list[float]
    rate_held: float
    by_rate: list[tuple[float, float]]


async def measure(house: House, state: Path, rate: float, seconds: float, rounds: int) -> Bare:
    """The services are stopped for good."""
    saved = load_stack(state)
    assert saved is not None
    assert saved.addresses is not None
    await stop_pids([record for record in saved.processes if record.name in SERVICES], timeout=40.0)
    shared = {record.name: record.pid for record in saved.processes if record.name in ("kafka", "postgres")}
    dsn, secret = saved.addresses.postgres, open_secrets(state)["ACME_LINE_CHANNEL_SECRET"]
    await _prepare(house, dsn)
    async with AsyncExitStack() as closing:
        ports = dict(zip(("ingest", *ROLES), free_ports(1 + len(ROLES)), strict=True))
        commands = {"ingest": [str(HERE / "bare_ingest.py"), str(ports["ingest"]), house.kafka, INBOUND, secret]}
        provider = house.url("sandbox").partition("//")[2]
        for role in ROLES:
            commands[role] = [str(HERE / "bare_pipeline.py"), role, house.kafka, str(ports[role]), dsn, provider]
        pids = dict(shared)
        for name, command in commands.items():
            pids[name] = await _serve(name, command, ports[name], state, closing)
        partitions = str(KafkaSettings(bootstrap=house.kafka).partitions)
        await closing.enter_async_context(
            asked("agents.py", house.kafka, partitions, str(ports["history"]), ASSIGNED, "0", first="bare")
        )
        runs = count(9_000)

        async def run(rate: float, seconds: float) -> tuple[float, float]:
            return await _round(house, ports["ingest"], secret, pids, rate, seconds, next(runs))

        await run(50.0, 4.0)
        cpu_ms = [(await run(rate, seconds))[0] for _ in range(rounds)]

        by_rate: list[tuple[float, float]] = []

        async def holds(rate: float) -> bool:
            try:
                used, late = await run(rate, seconds)
            except TimeoutError:
                return False
            by_rate.append((rate, used))
            return late <= _LATE_SECONDS

        return Bare(cpu_ms, await highest(holds), by_rate)


async def _prepare(house: House, dsn: str) -> None:
    partitions = KafkaSettings(bootstrap=house.kafka).partitions
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, partitions, 1) for topic in TOPICS])
    await admin.close()
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.close()


async def _serve(name: str, command: list[str], port: int, state: Path, closing: AsyncExitStack) -> int:
    log = state / "logs" / f"bare-{name}.log"
    process = Process.spawn(Command(f"bare {name}", [sys.executable, *command], log, env=inherited_environment()))
    closing.push_async_callback(process.stop)
    await process.wait_ready(http_ready(port, "/readyz"))
    return process.record.pid


async def _round(
    house: House, port: int, secret: str, pids: dict[str, int], rate: float, seconds: float, run: int
) -> tuple[float, float]:
    """CPU in milliseconds per message; seconds until the last effect was there, counted from when the last webhook was due."""
    sent = int(rate * seconds)
    wanted = {FILED: sent, RESULTS: opened(sent, MESSAGES_EACH)}
    job = Job(port, "bench-line", secret, "open", seconds, rate, 256, MESSAGES_EACH, run)
    ends = await _ends(house)
    async with loader(job) as generator:
        before = sum(map(cpu_seconds, pids.values()))
        outcome = await generator.go()
        async with asyncio.timeout(_SETTLE_SECONDS):
            now = await _ends(house)
            while any(now[topic] - ends[topic] < more for topic, more in wanted.items()):
                await asyncio.sleep(0.2)
                now = await _ends(house)
        used = sum(map(cpu_seconds, pids.values())) - before
        return used * 1000 / (now[FILED] - ends[FILED]), time.time() - outcome.started - seconds


async def _ends(house: House) -> dict[str, int]:
    """Records of each topic so far."""
    client = AIOKafkaConsumer(bootstrap_servers=house.kafka)
    await client.start()
    try:
        partitions = range(KafkaSettings(bootstrap=house.kafka).partitions)
        ends = await client.end_offsets([TopicPartition(topic, number) for topic in TOPICS for number in partitions])
        return {topic: sum(end for place, end in ends.items() if place.topic == topic) for topic in TOPICS}
    finally:
        await client.stop()
