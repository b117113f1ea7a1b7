"""Broker, database and router processes alone, with one tenant: what the router's benches run on."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Self
from uuid import UUID

import asyncpg
import sampling
from aiokafka import TopicPartition
from processes import cpu_seconds, resident_mb

from contracts.base import Contract
from contracts.config import TenantConfig
from contracts.envelope import Envelope
from contracts.topics import CONFIG, ROUTING_COMMANDS, ROUTING_EVENTS
from madoguchi.house.database import prepare_database
from madoguchi.house.names import environment_of, owner_dsn
from madoguchi.house.saved import House
from madoguchi.house.secrets import APP_PASSWORD, open_secrets
from madoguchi.settings import inherited_environment
from madoguchi.settings_table import SERVICES
from madoguchi.stack import Command, Process, Stack, StackAddresses, StackOptions, free_ports, http_ready
from router.settings import MIGRATIONS, SCHEMA
from runtime import kafka
from runtime.clock import SystemClock
from runtime.migrate import migrate
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings

TENANT = "bench"
SAMPLING = 0.1
SETTINGS = {"MADOGUCHI_TELEMETRY__SAMPLING": str(SAMPLING)}
_AT_ONCE = 2_000


@dataclass
class RouterHouse:
    """`pool` is the superuser's. Ids come from a seed, so two runs are alike."""

    addresses: StackAddresses
    state: Path
    kafka: KafkaSettings
    pool: asyncpg.Pool
    producer: EventProducer
    stack_pids: dict[str, int]
    dice: Random = field(default_factory=lambda: Random(1))

    def id(self) -> UUID:
        return UUID(int=self.dice.getrandbits(128), version=4)

    async def apply(self, config: TenantConfig) -> None:
        await self.producer.publish([Record(CONFIG, TENANT.encode(), self._envelope(config))], 15)

    async def command(self, commands: Iterable[Contract]) -> int:
        """How many are in the log now; all of one tenant's are in one partition."""
        records = [Record(ROUTING_COMMANDS, TENANT.encode(), self._envelope(command)) for command in commands]
        for first in range(0, len(records), _AT_ONCE):
            await self.producer.publish(records[first : first + _AT_ONCE], 60)
        return len(records)

    def _envelope(self, data: Contract) -> Envelope:
        """With a trace, as the case store's commands have; every tenth is kept."""
        trace, kept = self.dice.getrandbits(128), self.dice.random() < SAMPLING
        traceparent = f"00-{trace:032x}-{self.dice.getrandbits(64):016x}-0{int(kept)}"
        return Envelope(self.id(), TENANT, "bench", SystemClock().now(), data, traceparent)

    async def value(self, sql: str, *arguments: object) -> Any:
        return await self.pool.fetchval(sql, *arguments)

    async def caught_up(self, seconds: float) -> None:
        """Every command of the log decided and every event of it acknowledged by the broker."""
        wanted = sum((await self.ends(ROUTING_COMMANDS.name)).values())
        async with asyncio.timeout(seconds):
            while await self.value("SELECT sum(next_offset) FROM partition_lease") != wanted:
                await asyncio.sleep(0.05)
            while await self.value("SELECT count(*) FROM outbox"):
                await asyncio.sleep(0.02)

    async def ends(self, topic: str) -> dict[TopicPartition, int]:
        client = kafka.reader_client(self.kafka)
        await client.start()
        try:
            found: dict[TopicPartition, int] = await client.end_offsets(
                [TopicPartition(topic, number) for number in range(self.kafka.partitions)]
            )
            return found
        finally:
            await client.stop()

    async def events_published(self) -> int:
        return sum((await self.ends(ROUTING_EVENTS.name)).values())


class RouterProcess:
    """`python -m router`, sampled when asked."""

    def __init__(self, house: RouterHouse, instance: int = 0) -> None:
        self._profile = house.state / f"profile-{instance}.json"
        port, self._internal, *others = free_ports(10)
        ports = dict(zip((*SERVICES, "sandbox"), others, strict=False)) | {"router": port}
        inside = dict.fromkeys(SERVICES, self._internal)
        place = House(ports=ports, internal_ports=inside, kafka=house.kafka.bootstrap, idempotent=True, broker="")
        secrets = open_secrets(house.state)
        own = environment_of("router", place, house.addresses, secrets, house.state, "embedded")
        name = f"router-{instance}"
        environment = inherited_environment() | own | SETTINGS | {"MADOGUCHI_KAFKA__INSTANCE": str(instance)}
        environment["MADOGUCHI_TELEMETRY__SPANS_FILE"] = str(house.state / f"{name}.spans.jsonl")
        self.log = house.state / "logs" / f"{name}.log"
        self._process = Process.spawn(
            Command(name, sampling.command(self._profile, "router"), self.log, env=environment, die_with_parent=True)
        )

    async def ready(self) -> Self:
        await self._process.wait_ready(http_ready(self._internal), timeout=60)
        return self

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def profile(self) -> sampling.Profile:
        """Of what passed since SIGUSR1."""
        return await sampling.end(self.pid, self._profile)

    async def told(self, event: str, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The last line of its log that tells of the event so."""
        async with asyncio.timeout(120):
            while True:
                lines = [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]
                found = [line for line in lines if line["event"] == event and holds(line)]
                if found:
                    return found[-1]
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        await self._process.stop()


@dataclass
class Used:
    """Processor seconds of each part since the start."""

    pids: dict[str, int]
    before: dict[str, float]

    @classmethod
    def since_now(cls, house: RouterHouse, router: RouterProcess | None = None) -> Self:
        pids = {name: house.stack_pids[name] for name in ("kafka", "postgres")}
        if router is not None:
            pids["router"] = router.pid
        return cls(pids, {name: cpu_seconds(pid) for name, pid in pids.items()})

    def seconds(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) - self.before[name] for name, pid in self.pids.items()}


def memory_mb(router: RouterProcess) -> float:
    return resident_mb(router.pid)


@asynccontextmanager
async def open_house(options: StackOptions) -> AsyncIterator[RouterHouse]:
    async with AsyncExitStack() as closing:
        stack = Stack(options)
        addresses = await stack.start(lambda line: None)
        closing.push_async_callback(stack.stop)
        secrets = open_secrets(options.state)
        await prepare_database(addresses.postgres, secrets[APP_PASSWORD])
        dsn = owner_dsn(addresses.postgres)
        await migrate(dsn, SCHEMA, MIGRATIONS)
        settings = KafkaSettings(bootstrap=addresses.kafka, idempotent=addresses.idempotent)
        await kafka.ensure_topics(settings)
        pool = await closing.enter_async_context(
            asyncpg.create_pool(dsn, min_size=1, max_size=3, server_settings={"search_path": SCHEMA, "app.tenant": "*"})
        )
        producer = await closing.enter_async_context(open_producer(settings))
        yield RouterHouse(addresses, options.state, settings, pool, producer, stack.pids())


def top(counts: dict[str, int], places: int) -> Sequence[str]:
    total = sum(counts.values()) or 1
    ordered = sorted(counts.items(), key=lambda each: -each[1])[:places]
    return [f"{100 * count / total:4.1f} % {name}" for name, count in ordered]
