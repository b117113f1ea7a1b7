"""The embedded stack on real parts: it starts, answers, keeps its data, and leaves nothing behind."""

import asyncio
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.asyncio import Redis

from madoguchi.stack import (
    PidRecord,
    Probe,
    Stack,
    StackAddresses,
    StackError,
    StackKind,
    StackOptions,
    is_running,
    load_stack,
    stop_saved,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(600)]

CACHE = Path(__file__).resolve().parents[2] / ".madoguchi" / "cache"
BARE = Probe(docker=lambda: False, java=lambda: 0, jars=lambda: False)
TOPIC = "stack.test.v1"
UP = """
import asyncio, sys
from pathlib import Path
from madoguchi.stack import Stack, StackKind, StackOptions
options = StackOptions(Path(sys.argv[1]), kind=StackKind.EMBEDDED, cache=Path(sys.argv[2]), detached=True)
asyncio.run(Stack(options).start(print))
"""


def _options(state: Path, *, detached: bool = False) -> StackOptions:
    return StackOptions(state, kind=StackKind.EMBEDDED, cache=CACHE, durable=detached, detached=detached)


async def _create_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def _produce(addresses: StackAddresses) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=addresses.kafka, enable_idempotence=addresses.idempotent)
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, b"hello", key=b"k")
    finally:
        await producer.stop()


async def _consume(bootstrap: str, group: str) -> bytes:
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await consumer.getone()
        await consumer.commit()
    finally:
        await consumer.stop()
    return bytes(record.value)


async def _ask(dsn: str, sql: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def _up_and_leave(state: Path) -> tuple[StackAddresses, tuple[PidRecord, ...]]:
    """Start the stack from a process that ends at once, as a command does."""
    argv = [sys.executable, "-c", UP, str(state), str(CACHE)]
    await asyncio.to_thread(subprocess.run, argv, check=True, stdout=subprocess.PIPE, timeout=300)
    saved = load_stack(state)
    assert saved is not None
    assert saved.addresses is not None
    return saved.addresses, saved.processes


def _records(state: Path) -> tuple[PidRecord, ...]:
    saved = load_stack(state)
    assert saved is not None
    return saved.processes


async def test_the_embedded_stack_starts_answers_and_stops(tmp_path: Path) -> None:
    stack, told = Stack(_options(tmp_path)), list[str]()
    addresses = await stack.start(told.append)
    try:
        records = _records(tmp_path)
        assert {record.name: record.pid for record in records} == stack.pids()
        await _create_topic(addresses.kafka)
        await _produce(addresses)
        assert await _consume(addresses.kafka, "first") == b"hello"
        assert "PostgreSQL 18" in str(await _ask(addresses.postgres, "SELECT version()"))
        assert await _ask(addresses.postgres, "SHOW max_connections") == "200"
        async with Redis.from_url(addresses.redis) as redis:
            assert await redis.set("k", "v") is True
        external = StackOptions(tmp_path / "external", kind=StackKind.EXTERNAL, external=addresses)
        assert await Stack(external).start(told.append) == addresses
        with pytest.raises(StackError, match="stack_running"):
            await Stack(_options(tmp_path)).start(told.append)
    finally:
        await stack.stop()
    assert len(records) == 3
    assert [record.name for record in records if is_running(record)] == []
    assert load_stack(tmp_path) is None
    assert any(line.startswith("postgres: ready") for line in told)


async def test_a_detached_stack_is_stopped_by_its_file_and_finds_its_data_again(tmp_path: Path) -> None:
    options = _options(tmp_path, detached=True)
    addresses, records = await _up_and_leave(tmp_path)
    try:
        await _create_topic(addresses.kafka)
        await _produce(addresses)
        await _ask(addresses.postgres, "CREATE TABLE kept AS SELECT 7 AS n")
    finally:
        stopped = await stop_saved(options)
    assert sorted(stopped) == sorted(record.name for record in records)
    assert not any(map(is_running, records))
    again = Stack(options)
    addresses = await again.start(lambda _: None)
    try:
        assert await _ask(addresses.postgres, "SELECT n FROM kept") == 7
        if addresses.idempotent:
            assert await _consume(addresses.kafka, "second") == b"hello"
    finally:
        await again.stop()


async def test_the_last_resort_broker_carries_records(tmp_path: Path) -> None:
    stack, told = Stack(_options(tmp_path), BARE), list[str]()
    addresses = await stack.start(told.append)
    try:
        assert not addresses.idempotent
        assert "last resort" in told[0]
        await _create_topic(addresses.kafka)
        await _produce(addresses)
        assert await _consume(addresses.kafka, "first") == b"hello"
    finally:
        await stack.stop()


async def test_a_wrong_password_is_told_at_once(tmp_path: Path) -> None:
    first = Stack(_options(tmp_path), BARE)
    await first.start(lambda _: None)
    await first.stop()
    (tmp_path / "postgres" / "superuser.password").write_text("wrong\n", encoding="utf-8")
    second = Stack(_options(tmp_path), BARE)
    with pytest.raises(StackError) as caught:
        await second.start(lambda _: None)
    assert caught.value.code == "postgres_refused"
    assert second.pids() == {}


async def test_a_failed_part_takes_the_others_down(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "postgres" / "data").mkdir(parents=True)
    (state / "postgres" / "superuser.password").write_text("x\n", encoding="utf-8")
    stack = Stack(_options(state))
    with pytest.raises(StackError) as caught:
        await stack.start(lambda _: None)
    assert caught.value.code == "died_at_start"
    assert stack.pids() == {}
    assert load_stack(state) is None
