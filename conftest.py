"""Fixtures that any test may ask for: the real broker, database and cache, started once per run when first needed."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from contracts.topics import Topic
from madoguchi.stack import Stack, StackAddresses, StackKind, StackOptions
from runtime import kafka
from runtime.settings import KafkaSettings

ROOT = Path(__file__).resolve().parent
_APP_PASSWORD = "app"  # noqa: S105  # of a database that lives as long as the test run
_broker: list[str] = []


@pytest.fixture(scope="session", autouse=True)
def _outer_loop() -> Iterator[None]:
    """pytest-asyncio would make this loop by asking for the current one, and never close it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@dataclass(frozen=True, slots=True)
class RunningStack:
    """`pids` by part (`kafka`, `postgres`, `valkey`), for faults; empty when the parts run in containers."""

    addresses: StackAddresses
    pids: dict[str, int]


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    options = StackOptions(
        state=tmp_path_factory.mktemp("stack"),
        kind=StackKind(os.environ.get("STACK", "auto")),
        cache=Path(os.environ.get("MADOGUCHI_CACHE", ROOT / ".madoguchi" / "cache")),
        durable=False,
    )
    started = Stack(options)
    loop = asyncio.new_event_loop()  # a Runner would put pytest-asyncio's out of place
    addresses = loop.run_until_complete(started.start(print))
    _broker.append(addresses.broker)
    yield RunningStack(addresses, started.pids())
    loop.run_until_complete(started.stop())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture(scope="session")
def stack(running_stack: RunningStack) -> StackAddresses:
    return running_stack.addresses


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _broker:
        terminalreporter.write_line(f"integration tests ran on {_broker[0]}")


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """A database of this test alone. `owner` may do anything; `app` is what a service logs in as."""

    owner: str
    app: str


@pytest.fixture
async def postgres(stack: StackAddresses) -> AsyncIterator[FreshDatabase]:
    name = f"t{uuid4().hex}"
    server = stack.postgres.rpartition("/")[0]
    admin = await asyncpg.connect(stack.postgres)
    try:
        await admin.execute("SELECT pg_advisory_lock(1)")
        if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = 'madoguchi_app'"):
            await admin.execute(f"CREATE ROLE madoguchi_app LOGIN PASSWORD '{_APP_PASSWORD}'")
        await admin.execute(f"CREATE DATABASE {name}")
        address = server.rpartition("@")[2]
        yield FreshDatabase(f"{server}/{name}", f"postgresql://madoguchi_app:{_APP_PASSWORD}@{address}/{name}")
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
def kafka_settings(stack: StackAddresses) -> KafkaSettings:
    return KafkaSettings(
        bootstrap=stack.kafka,
        idempotent=stack.idempotent,
        partitions=3,
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
    )


@pytest.fixture
async def topic(kafka_settings: KafkaSettings) -> Topic:
    """A topic of this test alone, with its dead-letter topic."""
    fresh = Topic(f"test.{uuid4().hex}", key="any")
    await kafka.ensure_topics(kafka_settings, [fresh])
    return fresh
