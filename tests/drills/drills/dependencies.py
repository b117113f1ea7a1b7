"""Kafka, Postgres and Valkey as the local stack starts them, each behind a proxy per member and each restartable on its own data."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from drills.brokers import Brokers, make_brokers
from drills.parts import Part
from drills.proxy import LOOPBACK, Proxy, open_proxies
from madoguchi.stack import StackAddresses, free_ports
from madoguchi.stack.postgres import PostgresHome, init_postgres, postgres_command
from madoguchi.stack.readiness import postgres_ready, redis_ready
from madoguchi.stack.valkey import valkey_command

NAMES = ("kafka", "postgres", "valkey")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`direct` leads past the proxies, for the harness's own questions; each member is given its own `proxied`.

    `proxies` by dependency, then by member: `kafka` has one for each broker and member.
    """

    brokers: Brokers
    parts: Mapping[str, Part]
    proxies: Mapping[str, tuple[tuple[Proxy, ...], ...]]
    direct: StackAddresses
    proxied: tuple[StackAddresses, ...]


@asynccontextmanager
async def open_dependencies(state: Path, cache: Path, members: int, brokers: int) -> AsyncIterator[Dependencies]:
    """Durable, as in production: a killed database must keep what it has committed."""
    postgres, valkey = free_ports(2)
    async with AsyncExitStack() as living:
        kafka = await make_brokers(state, cache, brokers, members, living)
        proxies = {"kafka": kafka.proxies}
        for name, port in (("postgres", postgres), ("valkey", valkey)):
            opened = [await living.enter_async_context(open_proxies({name: port})) for _ in range(members)]
            proxies[name] = tuple(tuple(one.values()) for one in opened)
        home = PostgresHome(state / "postgres", postgres, durable=True, die_with_parent=True)
        await init_postgres(home)
        parts = {part.name: part for part in kafka.parts} | {
            "postgres": Part(postgres_command(home), postgres_ready(home.dsn)),
            "valkey": Part(
                valkey_command(state / "valkey", port=valkey, die_with_parent=True), redis_ready(f"{LOOPBACK}:{valkey}")
            ),
        }
        direct = _addresses(kafka.direct, postgres, valkey, home.dsn)
        try:
            await _all(part.start() for part in parts.values())
            proxied = tuple(
                _addresses(
                    kafka.proxied(member),
                    proxies["postgres"][member][0].port,
                    proxies["valkey"][member][0].port,
                    home.dsn,
                )
                for member in range(members)
            )
            yield Dependencies(kafka, parts, proxies, direct, proxied)
        finally:
            await _all(part.kill() for part in kafka.parts)
            await _all(part.stop(timeout=15) for part in parts.values())


async def _all(steps: Iterable[Coroutine[Any, Any, Any]]) -> None:
    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(step)


def _addresses(kafka: str, postgres: int, valkey: int, dsn: str) -> StackAddresses:
    parts = urlsplit(dsn)
    place = f"{parts.netloc.rpartition('@')[0]}@{LOOPBACK}:{postgres}"
    return StackAddresses(
        kafka=kafka,
        postgres=urlunsplit(parts._replace(netloc=place)),
        redis=f"redis://{LOOPBACK}:{valkey}/0",
        broker="Apache Kafka (embedded, drilled)",
        idempotent=True,
    )
