"""Broker, database and case store processes alone."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from case_store.settings import MIGRATIONS, SCHEMA
from madoguchi.house.database import prepare_database
from madoguchi.house.names import environment_of, owner_dsn
from madoguchi.house.saved import House
from madoguchi.house.secrets import APP_PASSWORD, open_secrets
from madoguchi.settings import inherited_environment
from madoguchi.settings_table import SERVICES
from madoguchi.stack import Command, Process, Stack, StackAddresses, StackOptions, free_ports, http_ready, load_stack
from runtime.kafka import ensure_topics
from runtime.migrate import migrate
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings

_AT_ONCE = 2_000


@dataclass
class CaseHouse:
    addresses: StackAddresses
    state: Path
    producer: EventProducer
    pool: asyncpg.Pool
    postgres_pid: int

    async def publish(self, records: Sequence[Record]) -> None:
        for first in range(0, len(records), _AT_ONCE):
            await self.producer.publish(records[first : first + _AT_ONCE], 30)

    async def filed(self) -> int:
        found: int = await self.pool.fetchval(f"SELECT COALESCE(sum(last_seq), 0)::bigint FROM {SCHEMA}.customer_case")
        return found

    @asynccontextmanager
    async def standing_still(self, members: int) -> AsyncIterator[list[int]]:
        """The processes of so many members, who share the partitions and are stopped; they go on with SIGCONT, and end with this."""
        async with AsyncExitStack() as closing:
            started = [await self._serve(number, closing) for number in range(members)]
            for process, port in started:  # those who were there have shared with the last one
                await process.wait_ready(http_ready(port))
            pids = [process.record.pid for process, _ in started]
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                yield pids
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)

    async def _serve(self, number: int, closing: AsyncExitStack) -> tuple[Process, int]:
        """One more member of the groups, ready, and its internal port."""
        ports = free_ports(2 * (len(SERVICES) + 1))
        house = House(
            ports=dict(zip((*SERVICES, "sandbox"), ports, strict=False)),
            internal_ports=dict(zip(SERVICES, ports[len(SERVICES) + 1 :], strict=False)),
            kafka=self.addresses.kafka,
            idempotent=self.addresses.idempotent,
            broker="",
        )
        settings = environment_of("case-store", house, self.addresses, open_secrets(self.state), self.state, "embedded")
        settings |= {"MADOGUCHI_TELEMETRY__SAMPLING": "0.1", "MADOGUCHI_KAFKA__INSTANCE": str(number)}
        log = self.state / "logs" / f"case-store-{number}.log"
        command = Command(
            f"case-store-{number}", [sys.executable, "-m", "case_store"], log, env=inherited_environment() | settings
        )
        process = Process.spawn(command)
        closing.push_async_callback(process.stop)
        await process.wait_ready(http_ready(house.internal_ports["case-store"]))
        return process, house.internal_ports["case-store"]


@asynccontextmanager
async def case_house(options: StackOptions) -> AsyncIterator[CaseHouse]:
    stack = Stack(options)
    async with AsyncExitStack() as closing:
        addresses = await stack.start(lambda line: None)
        closing.push_async_callback(stack.stop)
        secrets = open_secrets(options.state)
        kafka = KafkaSettings(bootstrap=addresses.kafka, idempotent=addresses.idempotent)
        await ensure_topics(kafka)
        await prepare_database(addresses.postgres, secrets[APP_PASSWORD])
        dsn = owner_dsn(addresses.postgres)
        await migrate(dsn, SCHEMA, MIGRATIONS)
        saved = load_stack(options.state)
        assert saved is not None
        pid = next(record.pid for record in saved.processes if record.name == "postgres")
        pool = await closing.enter_async_context(asyncpg.create_pool(dsn, min_size=1, max_size=2))
        producer = await closing.enter_async_context(open_producer(kafka))
        yield CaseHouse(addresses, options.state, producer, pool, pid)
