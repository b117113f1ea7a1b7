"""`python -m notifier` on the real broker and database: killed in the middle, it loses nothing and doubles nothing."""

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import TopicPartition
from house import config, line, request
from provider_server import Answer, Provider, Seen

from contracts.config import ChannelAccount
from contracts.envelope import Envelope, decode
from contracts.outbound import SendAccepted, SendRequested
from contracts.topics import CONFIG, OUTBOUND_MESSAGES, OUTBOUND_RESULTS
from notifier.settings import MIGRATIONS, SCHEMA
from runtime import kafka
from runtime.migrate import migrate
from runtime.producer import Record, open_producer
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration
SECRET = "line-access-token-canary"
WORDS = "払い戻しのご案内-canary"


class Line:
    """Accepts each retry key once, slowly enough to be killed over."""

    def __init__(self) -> None:
        self.accepted: dict[str, str] = {}

    def __call__(self, seen: Seen) -> Answer:
        key = seen.headers["x-line-retry-key"]
        known = key in self.accepted
        self.accepted.setdefault(key, str(len(self.accepted) + 1))
        return Answer(409 if known else 200, {"message": "m", "sentMessages": [{"id": self.accepted[key]}]})


class Process:
    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self.logs = b""

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "notifier", env=self._environment, stderr=asyncio.subprocess.PIPE
        )
        self._reading = asyncio.create_task(self._process.stderr.read())

    async def end(self, number: signal.Signals) -> int:
        if self._process.returncode is None:
            self._process.send_signal(number)
        self.logs += await self._reading
        return await self._process.wait()


def environment(postgres: Any, settings: KafkaSettings, provider: Provider, ports: tuple[int, int]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "LINE_TOKEN": SECRET,
        "MADOGUCHI_KAFKA__BOOTSTRAP": settings.bootstrap,
        "MADOGUCHI_KAFKA__IDEMPOTENT": str(settings.idempotent).lower(),
        "MADOGUCHI_KAFKA__SESSION_TIMEOUT_MS": "6000",
        "MADOGUCHI_KAFKA__HEARTBEAT_INTERVAL_MS": "500",
        "MADOGUCHI_POSTGRES_DSN": postgres.app,
        "MADOGUCHI_PARTITION_KEY_SECRET": "a partition key secret of a test",
        "MADOGUCHI_AUTH__ISSUER": "test",
        "MADOGUCHI_AUTH__AUDIENCE": "test",
        "MADOGUCHI_AUTH__JWKS_URL": f"{provider.base}/jwks",
        "MADOGUCHI_PROVIDERS__URLS__LINE": f"{provider.base}/line",
        "MADOGUCHI_PORT": str(ports[0]),
        "MADOGUCHI_INTERNAL_PORT": str(ports[1]),
    }


async def publish(settings: KafkaSettings, tenant: str, *events: Any) -> None:
    async with open_producer(settings) as producer:
        records = [_record(tenant, event) for event in events]
        await producer.publish(records, timeout=20)


def _record(tenant: str, event: Any) -> Record:
    envelope = Envelope(uuid4(), tenant, "test", datetime.now(UTC), event)
    if isinstance(event, SendRequested):
        return Record(OUTBOUND_MESSAGES, str(event.paths[0].conversation_id).encode(), envelope)
    return Record(CONFIG, tenant.encode(), envelope)


class Results:
    def __init__(self, settings: KafkaSettings, tenant: str) -> None:
        self._settings = settings
        self._tenant = tenant
        self.events: dict[UUID, Any] = {}

    async def until(self, count: int) -> None:
        """Distinct events only: readers drop a repetition by its id."""
        reader = kafka.reader_client(self._settings)
        await reader.start()
        try:
            partitions = [TopicPartition(OUTBOUND_RESULTS.name, n) for n in range(self._settings.partitions)]
            reader.assign(partitions)
            await reader.seek_to_beginning(*partitions)
            while len(self.events) < count:
                for records in (await reader.getmany(timeout_ms=200)).values():
                    envelopes = [decode(record.value) for record in records]
                    self.events |= {one.id: one.data for one in envelopes if one.tenant == self._tenant}
        finally:
            await reader.stop()


async def ready(port: int) -> None:
    async with asyncio.timeout(40), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_killed_in_the_middle_of_many_every_message_is_seen_once(
    postgres: Any, kafka_settings: KafkaSettings, provider: Provider, unused_tcp_port_factory: Any
) -> None:
    await migrate(postgres.owner, SCHEMA, MIGRATIONS)
    await kafka.ensure_topics(kafka_settings)
    tenant = f"t{uuid4().hex[:12]}"
    account = ChannelAccount(id="line-main", channel="line", secrets={"access_token": ("env:LINE_TOKEN",)})
    await publish(
        kafka_settings, tenant, config(tenant, provider, channel_accounts=(account,), webhook_subscriptions=())
    )
    provider.otherwise = line_memory = Line()
    talks = [[request(path, text=f"{WORDS} {n}") for n in range(5)] for path in (line(f"U{i}") for i in range(60))]
    ports = (unused_tcp_port_factory(), unused_tcp_port_factory())
    process = Process(environment(postgres, kafka_settings, provider, ports))
    results = Results(kafka_settings, tenant)
    try:
        await process.start()
        await publish(kafka_settings, tenant, *(message for talk in talks for message in talk))
        async with asyncio.timeout(60):
            while len(line_memory.accepted) < 100:
                await asyncio.sleep(0.005)
        assert await process.end(signal.SIGKILL) == -signal.SIGKILL
        assert len(line_memory.accepted) < 300
        await process.start()
        async with asyncio.timeout(90):
            await results.until(300)
        await ready(ports[1])
        assert await process.end(signal.SIGTERM) == 0
    finally:
        await process.end(signal.SIGKILL)
    events = list(results.events.values())
    assert Counter(type(event) for event in events) == {SendAccepted: 300}
    assert len({event.message_id for event in events}) == 300
    assert len(line_memory.accepted) == 300
    for secret in (SECRET, WORDS, "canary"):
        assert secret.encode() not in process.logs
