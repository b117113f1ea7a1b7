"""A schema with one table of effects, a producer, and what the runtime's tests say often."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.envelope import Envelope
from contracts.routing import RemoveAgent
from contracts.topics import Topic
from runtime import kafka
from runtime.consumer import Consumer
from runtime.migrate import migrate
from runtime.ports import Delivery
from runtime.postgres import Database, connect
from runtime.processing import Handler, Subscription, each
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings
from runtime.unit_of_work import UnitOfWork

OUT = Topic("test.out", key="any")


@pytest.fixture
async def database(postgres) -> AsyncIterator[Database]:
    await migrate(postgres.owner, "test", Path("/nonexistent"))
    owner = await asyncpg.connect(postgres.owner)
    await owner.execute(
        "CREATE TABLE test.effect (event_id uuid, name text); GRANT ALL ON test.effect TO madoguchi_app"
    )
    await owner.close()
    async with connect(postgres.app, schema="test", application_name="test", max_size=5) as opened:
        yield opened


@pytest.fixture
async def producer(kafka_settings: KafkaSettings) -> AsyncIterator[EventProducer]:
    await kafka.ensure_topics(kafka_settings, [OUT])
    async with open_producer(kafka_settings) as opened:
        yield opened


class Bench:
    """What a test of the consumer does to its subject."""

    def __init__(self, database: Database, producer: EventProducer, topic: Topic, settings: KafkaSettings) -> None:
        self.database = database
        self.producer = producer
        self.topic = topic
        self.settings = settings

    @staticmethod
    def event(name: str, id: UUID | None = None) -> Envelope:
        return Envelope(id or uuid4(), "acme", "test", datetime.now(UTC), RemoveAgent(agent_id=name))

    async def send(self, *envelopes: Envelope, key: bytes = b"one-key") -> None:
        await self.producer.publish([Record(self.topic, key, envelope) for envelope in envelopes], timeout=10)

    @staticmethod
    async def store(delivery: Delivery, work: UnitOfWork) -> None:
        data = delivery.envelope.data
        assert isinstance(data, RemoveAgent)
        await work.connection.execute("INSERT INTO effect VALUES ($1, $2)", delivery.envelope.id, data.agent_id)
        work.emit(OUT, data.agent_id, RemoveAgent(agent_id=data.agent_id + "-out"))

    async def effects(self) -> list[str]:
        return [row["name"] for row in await self.database.system.fetch("SELECT name FROM effect ORDER BY ctid")]

    def consumer(
        self,
        handler: Handler | None = None,
        instance: str = "0",
        wants: Callable[[str], bool] | None = None,
        together: bool = False,
        gather_seconds: float = 0.02,
    ) -> Consumer:
        table = {RemoveAgent: handler or self.store}
        name = f"test.{self.topic.name}"
        subscription = Subscription(
            name, self.topic, each(table), wants=wants, together=together, gather_seconds=gather_seconds
        )
        return Consumer(
            subscription, self.database, self.producer, self.settings.model_copy(update={"instance": instance})
        )

    @staticmethod
    async def until(condition: Callable[[], Awaitable[object]], seconds: float = 30.0) -> None:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.02)

    async def until_effects(self, count: int) -> list[str]:
        async def enough() -> bool:
            return len(await self.effects()) >= count

        await self.until(enough)
        return await self.effects()

    @staticmethod
    @asynccontextmanager
    async def running(consumer: Consumer) -> AsyncIterator[Consumer]:
        task = asyncio.create_task(consumer.run())
        try:
            yield consumer
        finally:
            task.cancel()
            await asyncio.wait((task,))


@pytest.fixture
def bench(database: Database, producer: EventProducer, topic: Topic, kafka_settings: KafkaSettings) -> Bench:
    return Bench(database, producer, topic, kafka_settings)
