"""`python -m ingest` as a process beside the real broker: its configuration, its start and end, what it wrote."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
from aiokafka import TopicPartition

from contracts.config import TenantConfig
from contracts.envelope import Envelope, decode
from contracts.topics import CONFIG, INBOUND_MESSAGES, Topic
from runtime import kafka
from runtime.producer import Record, open_producer
from runtime.settings import KafkaSettings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def apply_config(settings: KafkaSettings, tenant: TenantConfig) -> None:
    await kafka.ensure_topics(settings)
    envelope = Envelope(uuid4(), tenant.tenant, "cli", tenant.applied_at, tenant)
    async with open_producer(settings) as producer:
        await producer.publish([Record(CONFIG, tenant.tenant.encode(), envelope)], timeout=10)


@asynccontextmanager
async def running(
    settings: KafkaSettings, *arguments: str, port: int, internal: int, more: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Ready when entered, gone when left. `more` are variables without their prefix."""
    environment = {
        "PATH": os.environ["PATH"],
        "MADOGUCHI_KAFKA__BOOTSTRAP": settings.bootstrap,
        "MADOGUCHI_KAFKA__IDEMPOTENT": str(settings.idempotent).lower(),
        "MADOGUCHI_PORT": str(port),
        "MADOGUCHI_INTERNAL_PORT": str(internal),
        "MADOGUCHI_PARTITION_KEY_SECRET": "a partition key secret of a test",
        **{f"MADOGUCHI_{name}": value for name, value in (more or {}).items()},
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ingest", *arguments, env=environment)
    try:
        await _ready(f"http://127.0.0.1:{internal}", process)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def written(settings: KafkaSettings, tenant: str, topic: Topic = INBOUND_MESSAGES) -> list[Envelope]:
    """The tenant's events on a topic, from its beginning to its end now."""
    reader = kafka.reader_client(settings)
    await reader.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(settings.partitions)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        found: list[Envelope] = []
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += [decode(record.value) for record in records]
        return [envelope for envelope in found if envelope.tenant == tenant]
    finally:
        await reader.stop()


async def _ready(address: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while process.returncode is None:
            try:
                if (await client.get(f"{address}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError(f"ingest ended with status {process.returncode}")
