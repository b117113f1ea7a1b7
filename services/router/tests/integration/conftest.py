"""The router on the real broker and database: its consumer, its doors, and whatever it tells."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from starlette.datastructures import Headers

from contracts import routing
from contracts.base import Contract
from contracts.config import Agent, Queue, SlaPolicy, SlaTarget, TenantConfig
from contracts.envelope import Envelope, decode
from contracts.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from contracts.values import Author, AuthorKind, CaseFacts, ContentKind, CustomerFacts, MessageFacts
from router.adapters.figures import MetricFigures
from router.settings import MIGRATIONS, SCHEMA
from router.wiring import Parts, build_for_tests
from runtime import kafka
from runtime.config_feed import ConfigFeed
from runtime.consumer import Consumer
from runtime.migrate import migrate
from runtime.postgres import Database, connect
from runtime.principal import Principal
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings
from runtime.testing.config import fixed_config
from runtime.unit_of_work import open_transactions

ALL_SCOPES = "routing:read routing:write agents:write"


class HeaderAuthenticator:
    """The tests' callers say who they are."""

    async def authenticate(self, headers: Headers) -> Principal:
        scopes = frozenset(headers.get("x-scopes", ALL_SCOPES).split())
        return Principal(headers["x-tenant"], "user-1", scopes, headers.get("x-agent"))


def tenant_config(tenant: str, revision: int = 1, **changes: Any) -> TenantConfig:
    stated: dict[str, Any] = {
        "tenant": tenant,
        "revision": revision,
        "applied_at": datetime.now(UTC),
        "default_queue": "main",
        "queues": (
            Queue(id="main", offer_timeout=timedelta(seconds=30)),
            Queue(id="hasty", offer_timeout=timedelta(milliseconds=400)),
            Queue(id="shelf", mode="pick", wrap_up=timedelta(minutes=5)),
        ),
        "agents": (
            Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 3}),
            Agent(id="ken", name="健", queues=("main",), capacity={"messaging": 3}),
        ),
        "sla_policies": (
            SlaPolicy(
                id="short",
                when="message.text == 'hurry'",
                targets=(SlaTarget(metric="first_response", target=timedelta(milliseconds=600), warn_percent=(50,)),),
            ),
            SlaPolicy(id="long", targets=(SlaTarget(metric="resolution", target=timedelta(hours=4)),)),
        ),
    }
    return TenantConfig(**stated | changes)


def work_requested(case_id: UUID, text: str = "hello", at: datetime | None = None) -> routing.WorkRequested:
    now = at or datetime.now(UTC)
    return routing.WorkRequested(
        case=CaseFacts(id=case_id, opened_at=now),
        customer=CustomerFacts(id=uuid4()),
        message=MessageFacts(id=uuid4(), channel="line", account="line-main", kind=ContentKind.TEXT, text=text),
        requested_at=now,
    )


def work_closed(case_id: UUID) -> routing.WorkClosed:
    by = Author(kind=AuthorKind.AGENT, id="aiko")
    return routing.WorkClosed(case_id=case_id, reason="resolved", by=by, closed_at=datetime.now(UTC))


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 20.0) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
    return found


class Listener:
    """Everything on `routing.events` of one tenant, in the order of its arrival here; an event that was published again is known."""

    def __init__(self, client: AIOKafkaConsumer, tenant: str) -> None:
        self._client = client
        self._tenant = tenant
        self.envelopes: list[Envelope] = []

    async def hear(self) -> None:
        for records in (await self._client.getmany(timeout_ms=50)).values():
            told = [decode(record.value) for record in records]
            mine = {envelope.id: envelope for envelope in told if envelope.tenant == self._tenant}
            known = {envelope.id for envelope in self.envelopes}
            self.envelopes.extend(envelope for id, envelope in mine.items() if id not in known)

    async def of(self, kind: type[Contract], case_id: UUID | None = None) -> list[Any]:
        await self.hear()
        events = [envelope.data for envelope in self.envelopes if isinstance(envelope.data, kind)]
        return [event for event in events if case_id is None or getattr(event, "case_id", None) == case_id]

    async def first(self, kind: type[Contract], case_id: UUID | None = None) -> Any:
        return (await until(lambda: self.of(kind, case_id)))[0]


@dataclass
class House:
    tenant: str
    database: Database
    producer: EventProducer
    kafka: KafkaSettings
    configs: ConfigFeed
    owner_dsn: str
    events: Listener
    parts: Parts
    api: httpx.AsyncClient
    transactions: Any
    _running: list[asyncio.Task[None]] = field(default_factory=list)

    tenant_config = staticmethod(tenant_config)
    work_requested = staticmethod(work_requested)
    work_closed = staticmethod(work_closed)
    until = staticmethod(until)

    @asynccontextmanager
    async def running(self, parts: Parts | None = None) -> AsyncIterator[Consumer]:
        """The owner; when left it stops as a service would."""
        consumer = Consumer((parts or self.parts).subscription, self.database, self.producer, self.kafka)
        task = asyncio.create_task(consumer.run())
        try:
            yield consumer
        finally:
            task.cancel()
            await asyncio.wait((task,))

    def another_process(self) -> Parts:
        return build_for_tests(
            self.configs, self.producer, self.transactions, HeaderAuthenticator(), figures=MetricFigures()
        )

    async def command(self, *commands: Contract, ids: Sequence[UUID] = (), at: datetime | None = None) -> list[UUID]:
        named, made = list(ids) or [uuid4() for _ in commands], at or datetime.now(UTC)
        records = [
            Record(ROUTING_COMMANDS, self.tenant.encode(), Envelope(id, self.tenant, "test", made, data))
            for id, data in zip(named, commands, strict=True)
        ]
        await self.producer.publish(records, timeout=10)
        return named

    async def presence(self, agent_id: str, presence: str = "available") -> None:
        await self.command(routing.SetPresence(agent_id=agent_id, presence=routing.Presence(presence)))

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        async with self.transactions.read(self.tenant) as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
            return found

    async def value(self, sql: str, *arguments: object) -> Any:
        return (await self.fetch(sql, *arguments))[0][0]

    async def ask(self, method: str, path: str, agent: str | None = None, **more: Any) -> httpx.Response:
        headers = {"x-tenant": self.tenant, **({"x-agent": agent} if agent else {}), **more.pop("headers", {})}
        return await self.api.request(method, path, headers=headers, **more)


async def skip_what_other_tests_commanded(client: AIOKafkaConsumer, database: Database, partitions: int) -> None:
    """The topic is everybody's, the database is fresh."""
    ends = await client.end_offsets([TopicPartition(ROUTING_COMMANDS.name, number) for number in range(partitions)])
    sql = "INSERT INTO partition_lease VALUES ('router.commands', $1, $2, 1, 'test', $3)"
    await database.system.executemany(sql, [(place.topic, place.partition, end) for place, end in ends.items()])


@pytest.fixture
async def house(postgres: Any, kafka_settings: KafkaSettings) -> AsyncIterator[House]:
    await kafka.ensure_topics(kafka_settings, [ROUTING_COMMANDS, ROUTING_EVENTS])
    await migrate(postgres.owner, SCHEMA, MIGRATIONS)
    tenant = f"t-{uuid4().hex[:12]}"
    configs = fixed_config(tenant_config(tenant))
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(connect(postgres.app, schema=SCHEMA, application_name="test"))
        producer = await stack.enter_async_context(open_producer(kafka_settings))
        opened = open_transactions(database, producer, source="router", lane="router/api/test")
        transactions = await stack.enter_async_context(opened)
        client = kafka.reader_client(kafka_settings)
        await client.start()
        stack.push_async_callback(client.stop)
        partitions = [TopicPartition(ROUTING_EVENTS.name, number) for number in range(kafka_settings.partitions)]
        client.assign(partitions)
        await client.seek_to_end(*partitions)
        await skip_what_other_tests_commanded(client, database, kafka_settings.partitions)
        parts = build_for_tests(configs, producer, transactions, HeaderAuthenticator(), figures=MetricFigures())
        transport = httpx.ASGITransport(parts.api, raise_app_exceptions=False)
        api = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://router"))
        listener = Listener(client, tenant)
        yield House(
            tenant, database, producer, kafka_settings, configs, postgres.owner, listener, parts, api, transactions
        )
