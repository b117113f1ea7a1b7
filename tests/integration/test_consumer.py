"""The consumer loop on real Kafka and Postgres: exactly-once effects, fencing, poison, outages."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.envelope import Envelope
from contracts.routing import RemoveAgent
from contracts.topics import Topic
from runtime import kafka, lease
from runtime.consumer import Consumer
from runtime.errors import Fenced, Refused
from runtime.migrate import migrate
from runtime.ports import Delivery
from runtime.postgres import Database, connect
from runtime.processing import Handler, Subscription, each
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings
from runtime.unit_of_work import UnitOfWork, open_transactions

pytestmark = pytest.mark.integration
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


def event(name: str, id: UUID | None = None) -> Envelope:
    return Envelope(id or uuid4(), "acme", "test", datetime.now(UTC), RemoveAgent(agent_id=name))


def records(topic: Topic, *envelopes: Envelope) -> list[Record]:
    return [Record(topic, b"one-key", envelope) for envelope in envelopes]


async def store(delivery: Delivery, work: UnitOfWork) -> None:
    data = delivery.envelope.data
    assert isinstance(data, RemoveAgent)
    await work.connection.execute("INSERT INTO effect VALUES ($1, $2)", delivery.envelope.id, data.agent_id)
    work.emit(OUT, data.agent_id, RemoveAgent(agent_id=data.agent_id + "-out"))


async def names(database: Database) -> list[str]:
    return [row["name"] for row in await database.system.fetch("SELECT name FROM effect ORDER BY ctid")]


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # type: ignore[misc]
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(consumer: Consumer) -> AsyncIterator[Consumer]:
    task = asyncio.create_task(consumer.run())
    try:
        yield consumer
    finally:
        task.cancel()
        await asyncio.wait((task,))


def consumer_of(
    topic: Topic, handler: Handler, database: Database, producer: EventProducer, settings: KafkaSettings
) -> Consumer:
    subscription = Subscription(f"test.{topic.name}", topic, each({RemoveAgent: handler}))
    return Consumer(subscription, database, producer, settings)


async def everything_on(topic: str, count: int, settings: KafkaSettings) -> list[ConsumerRecord]:
    client: AIOKafkaConsumer = kafka.reader_client(settings)
    await client.start()
    try:
        count_of_partitions = 1 if topic.endswith(".dlq") else settings.partitions
        client.assign([TopicPartition(topic, number) for number in range(count_of_partitions)])
        found: list[ConsumerRecord] = []
        async with asyncio.timeout(15):
            while len(found) < count:
                for batch in (await client.getmany(timeout_ms=200)).values():
                    found.extend(batch)
        return found
    finally:
        await client.stop()


async def test_a_repeated_event_has_one_effect_and_one_outgoing_event(
    database, producer, topic, kafka_settings
) -> None:
    first, second = event("a"), event("b")
    await producer.publish(records(topic, first, second, first), timeout=10)
    async with running(consumer_of(topic, store, database, producer, kafka_settings)):
        await producer.publish(records(topic, second, event("c")), timeout=10)

        async def done() -> bool:
            return len(await names(database)) >= 3 and not await database.system.fetchval("SELECT count(*) FROM outbox")

        await until(done)
    assert await names(database) == ["a", "b", "c"]


async def test_a_restarted_consumer_goes_on_where_the_store_says(database, producer, topic, kafka_settings) -> None:
    async with running(consumer_of(topic, store, database, producer, kafka_settings)):
        await producer.publish(records(topic, event("a")), timeout=10)
        await until(lambda: names(database))
    await producer.publish(records(topic, event("b")), timeout=10)
    async with running(consumer_of(topic, store, database, producer, kafka_settings)):

        async def both() -> bool:
            return len(await names(database)) == 2

        await until(both)
    assert await names(database) == ["a", "b"]
    assert await database.system.fetchval("SELECT max(epoch) FROM partition_lease") >= 2


async def test_an_earlier_owner_is_fenced(database) -> None:
    old = await lease.take(database, "test.store", "t", 0, "one")
    new = await lease.take(database, "test.store", "t", 0, "two")
    async with database.system.acquire() as connection:
        with pytest.raises(Fenced):
            await old.advance(connection, 0, 9)
        with pytest.raises(Fenced):
            await old.hold(connection)
        await new.advance(connection, 0, 9)
        with pytest.raises(Fenced):
            await new.advance(connection, 5, 12)
    assert (await lease.take(database, "test.store", "t", 0, "three")).next_offset == 10


async def test_poison_is_set_aside_and_the_rest_goes_on(database, producer, topic, kafka_settings) -> None:
    async def picky(delivery: Delivery, work: UnitOfWork) -> None:
        if delivery.envelope.data.agent_id == "poison":  # type: ignore[attr-defined]
            raise Refused("poisoned", "this one can't be worked on")
        await store(delivery, work)

    good = [event(f"g{number}") for number in range(9)]
    await producer.publish(records(topic, *good[:4], event("poison"), *good[4:]), timeout=10)
    async with running(consumer_of(topic, picky, database, producer, kafka_settings)):

        async def rest() -> bool:
            return len(await names(database)) == 9

        await until(rest)
        (dead,) = await everything_on(topic.dead_letters, 1, kafka_settings)
    assert await names(database) == [f"g{number}" for number in range(9)]
    headers = dict(dead.headers)
    assert headers["dlq-code"] == b"poisoned"
    assert headers["dlq-topic"] == topic.name.encode()
    assert b"poison" in dead.value


async def test_a_bug_gets_five_attempts_then_becomes_a_dead_letter(database, producer, topic, kafka_settings) -> None:
    attempts = 0

    async def buggy(delivery: Delivery, work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        raise KeyError("customer text must not be logged")

    await producer.publish(records(topic, event("a")), timeout=10)
    async with running(consumer_of(topic, buggy, database, producer, kafka_settings)):
        (dead,) = await everything_on(topic.dead_letters, 1, kafka_settings)
    assert attempts == 5
    assert dict(dead.headers)["dlq-code"] == b"bug"
    assert b"customer text" not in dict(dead.headers)["dlq-reason"]
    assert await names(database) == []


async def test_bytes_that_are_no_event_become_a_dead_letter_at_once(database, producer, topic, kafka_settings) -> None:
    client = kafka.producer_client(kafka_settings)
    await client.start()
    for value in (b"{", b"", b"\xff\xfe", b'{"specversion":"1.0","type":"x"}'):
        await (await client.send(topic.name, value, b"k", partition=0))
    await client.stop()
    await producer.publish(records(topic, event("after")), timeout=10)
    async with running(consumer_of(topic, store, database, producer, kafka_settings)):
        dead = await everything_on(topic.dead_letters, 4, kafka_settings)
        await until(lambda: names(database))
    assert {dict(record.headers)["dlq-code"] for record in dead} == {b"malformed"}
    assert next(record.value for record in dead) == b"{"


async def test_a_database_outage_pauses_and_dead_letters_nothing(database, producer, topic, kafka_settings) -> None:
    down = True

    async def flaky(delivery: Delivery, work: UnitOfWork) -> None:
        if down:
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        await store(delivery, work)

    consumer = consumer_of(topic, flaky, database, producer, kafka_settings)
    await producer.publish(records(topic, event("a"), event("b")), timeout=10)
    async with running(consumer):

        async def unready() -> bool:
            return any(worker.trouble for worker in consumer._workers.values())

        await until(unready)
        assert not await consumer.ready()
        down = False

        async def done() -> bool:
            return len(await names(database)) == 2

        await until(done)
    assert not await database.system.fetchval("SELECT count(*) FROM delivery_attempt")


async def test_what_an_earlier_owner_left_in_the_outbox_is_published_first(
    database, producer, kafka_settings, topic
) -> None:
    async with open_transactions(database, producer, source="test", lane="api/0") as transactions, transactions.begin("acme") as work:
        work.emit(topic, "k", RemoveAgent(agent_id="left"))
        await database.system.fetchval("SELECT 1")
    row = (await everything_on(topic.name, 1, kafka_settings))[0]
    owner = (
        "INSERT INTO outbox (lane, tenant_id, topic, key, value, headers) VALUES ('api/0', 'acme', $1, 'k', $2, '[]')"
    )
    await database.system.execute(owner, topic.name, row.value)
    async with open_transactions(database, producer, source="test", lane="api/0"):
        assert len(await everything_on(topic.name, 2, kafka_settings)) == 2
    assert await database.system.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_rolled_back_transaction_emits_nothing(database, producer, topic) -> None:
    async with open_transactions(database, producer, source="test", lane="api/0") as transactions:
        with pytest.raises(Refused):
            async with transactions.begin("acme") as work:
                work.emit(topic, "k", RemoveAgent(agent_id="never"))
                raise Refused("no", "changed my mind")
        assert await database.system.fetchval("SELECT count(*) FROM outbox") == 0
