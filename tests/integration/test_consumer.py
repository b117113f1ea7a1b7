"""The consumer loop on real Kafka and Postgres: exactly-once effects, fencing, poison, outages."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from asyncpg.transaction import Transaction

from contracts.base import Contract
from contracts.envelope import Envelope, decode, encode, headers_of
from contracts.routing import Presence, RemoveAgent, SetPresence
from runtime import housekeeping, kafka, lease
from runtime.batch_commit import committing
from runtime.errors import DependencyDown, Fenced, Refused
from runtime.outbox_lane import OutboxLane
from runtime.owner import PartitionOwner
from runtime.ports import Delivery
from runtime.postgres import Session
from runtime.processing import Subscription, each, only
from runtime.settings import KafkaSettings
from runtime.unit_of_work import UnitOfWork, open_transactions

pytestmark = pytest.mark.integration


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


async def test_a_repeated_event_has_one_effect_and_one_outgoing_event(bench) -> None:
    first, second = bench.event("a"), bench.event("b")
    await bench.send(first, second, first)
    async with bench.running(bench.consumer()):
        await bench.send(second, bench.event("c"))

        async def done() -> bool:
            return len(await bench.effects()) >= 3 and not await bench.database.system.fetchval(
                "SELECT count(*) FROM outbox"
            )

        await bench.until(done)
    assert await bench.effects() == ["a", "b", "c"]


async def test_a_restarted_consumer_goes_on_where_the_store_says(bench) -> None:
    async with bench.running(bench.consumer()):
        await bench.send(bench.event("a"))
        await bench.until(lambda: bench.effects())
    await bench.send(bench.event("b"))
    async with bench.running(bench.consumer()):

        async def both() -> bool:
            return len(await bench.effects()) == 2

        await bench.until(both)
    assert await bench.effects() == ["a", "b"]
    assert await bench.database.system.fetchval("SELECT max(epoch) FROM partition_lease") >= 2


async def test_what_comes_while_records_gather_comes_with_one_fetch(bench) -> None:
    async with bench.running(bench.consumer(gather_seconds=3.0)):
        await bench.send(bench.event("a"))
        await bench.until_effects(1)
        for name in ("b", "c", "d"):
            await bench.send(bench.event(name))
        assert await bench.until_effects(4) == ["a", "b", "c", "d"]
    taken = await bench.database.system.fetch("SELECT count(*) FROM effect GROUP BY xmin::text ORDER BY min(name)")
    assert [row["count"] for row in taken] == [1, 3]


async def test_what_nobody_wants_costs_no_transaction_and_its_offset_is_kept_with_the_next(bench) -> None:
    subscription = Subscription("test.wants", bench.topic, each({RemoveAgent: bench.store}), wants=only({RemoveAgent}))
    commit = committing(subscription, bench.database)
    lane = OutboxLane("wants/0", bench.database, bench.producer)
    owner = PartitionOwner(subscription, 0, bench.database, lane, "one", commit)
    await owner.take()

    async def kept() -> int:
        return await bench.database.system.fetchval("SELECT next_offset FROM partition_lease")

    def records(event: Contract, first: int, last: int) -> list[ConsumerRecord]:
        envelopes = [Envelope(uuid4(), "acme", "test", datetime.now(UTC), event) for _ in range(first, last + 1)]
        return [
            ConsumerRecord(
                bench.topic.name, 0, n, 0, 0, b"k", encode(envelope), None, 1, 1, tuple(headers_of(envelope))
            )
            for n, envelope in enumerate(envelopes, first)
        ]

    other = SetPresence(agent_id="a", presence=Presence.AVAILABLE, source="test")
    await owner.apply(records(other, 0, 9))
    assert (owner.next_offset, await kept()) == (10, 0)
    assert (owner.next_tick() or 0) > 0
    await owner.apply(records(RemoveAgent(agent_id="a"), 10, 10))
    assert (owner.next_offset, await kept(), owner.next_tick()) == (11, 11, None)
    await owner.apply(records(other, 11, 14))
    await owner.tick()
    assert (owner.next_offset, await kept(), owner.next_tick()) == (15, 15, None)
    assert await bench.effects() == ["a"]
    assert await bench.database.system.fetchval("SELECT count(*) FROM event_seen") == 1


def test_a_type_that_nobody_knows_is_wanted() -> None:
    wants = only({RemoveAgent})
    assert (wants("RemoveAgent"), wants("SetPresence"), wants("NeverHeardOf")) == (True, False, True)


async def test_a_passed_over_offset_is_kept_soon_though_nothing_wanted_comes(bench) -> None:
    other = SetPresence(agent_id="a", presence=Presence.AVAILABLE, source="test")
    await bench.send(*(Envelope(uuid4(), "acme", "test", datetime.now(UTC), other) for _ in range(3)))
    async with bench.running(bench.consumer(wants=only({RemoveAgent}))):

        async def kept() -> bool:
            return await bench.database.system.fetchval("SELECT max(next_offset) FROM partition_lease") == 3

        await bench.until(kept)


async def test_an_earlier_owner_is_fenced(bench) -> None:
    old = await lease.take(bench.database, "test.store", "t", 0, "one")
    new = await lease.take(bench.database, "test.store", "t", 0, "two")
    async with bench.database.system.acquire() as connection:
        with pytest.raises(Fenced):
            await old.advance(connection, 0, 9)
        with pytest.raises(Fenced):
            await old.hold(connection)
        await new.advance(connection, 0, 9)
        with pytest.raises(Fenced):
            await new.advance(connection, 5, 12)
    assert (await lease.take(bench.database, "test.store", "t", 0, "three")).next_offset == 10


async def test_poison_is_set_aside_and_the_rest_goes_on(bench) -> None:
    async def picky(delivery: Delivery, work: UnitOfWork) -> None:
        if delivery.envelope.data.agent_id == "poison":
            raise Refused("poisoned", "this one can't be worked on")
        await bench.store(delivery, work)

    good = [bench.event(f"g{number}") for number in range(9)]
    await bench.send(*good[:4], bench.event("poison"), *good[4:])
    async with bench.running(bench.consumer(picky)):

        async def rest() -> bool:
            return len(await bench.effects()) == 9

        await bench.until(rest)
        (dead,) = await everything_on(bench.topic.dead_letters, 1, bench.settings)
    assert await bench.effects() == [f"g{number}" for number in range(9)]
    headers = dict(dead.headers)
    assert headers["dlq-code"] == b"poisoned"
    assert headers["dlq-topic"] == bench.topic.name.encode()
    assert b"poison" in dead.value


async def test_a_bug_gets_five_attempts_then_becomes_a_dead_letter(bench) -> None:
    attempts = 0

    async def buggy(delivery: Delivery, work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        raise KeyError("customer text must not be logged")

    await bench.send(bench.event("a"))
    async with bench.running(bench.consumer(buggy)):
        (dead,) = await everything_on(bench.topic.dead_letters, 1, bench.settings)
    assert attempts == 5
    assert dict(dead.headers)["dlq-code"] == b"bug"
    assert b"customer text" not in dict(dead.headers)["dlq-reason"]
    assert await bench.effects() == []


async def test_bytes_that_are_no_event_become_a_dead_letter_at_once(bench) -> None:
    client = kafka.producer_client(bench.settings)
    await client.start()
    for value in (b"{", b"", b"\xff\xfe", b'{"specversion":"1.0","type":"x"}'):
        await (await client.send(bench.topic.name, value, b"k", partition=0))
    await client.stop()
    await bench.send(bench.event("after"))
    async with bench.running(bench.consumer()):
        dead = await everything_on(bench.topic.dead_letters, 4, bench.settings)
        await bench.until(lambda: bench.effects())
    assert {dict(record.headers)["dlq-code"] for record in dead} == {b"malformed"}
    assert next(record.value for record in dead) == b"{"


async def test_a_database_outage_pauses_and_dead_letters_nothing(bench) -> None:
    down = True

    async def flaky(delivery: Delivery, work: UnitOfWork) -> None:
        if down:
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        await bench.store(delivery, work)

    consumer = bench.consumer(flaky)
    await bench.send(bench.event("a"), bench.event("b"))
    async with bench.running(consumer):

        async def unready() -> bool:
            return any(worker.trouble for worker in consumer._workers.values())

        await bench.until(unready)
        assert not await consumer.ready()
        down = False

        async def done() -> bool:
            return len(await bench.effects()) == 2

        await bench.until(done)
    assert not await bench.database.system.fetchval("SELECT count(*) FROM delivery_attempt")


async def test_what_an_earlier_owner_left_in_the_outbox_is_published_first(bench) -> None:
    async with (
        open_transactions(bench.database, bench.producer, source="test", lane="api/0") as transactions,
        transactions.begin("acme") as work,
    ):
        work.emit(bench.topic, "k", RemoveAgent(agent_id="left"))
        await bench.database.system.fetchval("SELECT 1")
    row = (await everything_on(bench.topic.name, 1, bench.settings))[0]
    owner = (
        "INSERT INTO outbox (lane, tenant_id, topic, key, value, headers) VALUES ('api/0', 'acme', $1, 'k', $2, '[]')"
    )
    await bench.database.system.execute(owner, bench.topic.name, row.value)
    async with open_transactions(bench.database, bench.producer, source="test", lane="api/0"):
        assert len(await everything_on(bench.topic.name, 2, bench.settings)) == 2
    assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_a_commit_wrote_whose_answer_was_lost_is_published_before_what_follows(bench, monkeypatch) -> None:
    class LosesItsAnswer(Transaction):
        async def __aexit__(self, *error) -> None:
            await super().__aexit__(*error)
            raise ConnectionResetError

    def losing(connection: asyncpg.Connection) -> Transaction:
        return LosesItsAnswer(connection, None, False, False)

    async with open_transactions(bench.database, bench.producer, source="test", lane="api/0") as transactions:
        with monkeypatch.context() as patched:
            patched.setattr(Session, "transaction", losing)
            with pytest.raises(DependencyDown):
                async with transactions.begin("acme") as work:
                    work.emit(bench.topic, "k", RemoveAgent(agent_id="in doubt"))
        async with transactions.begin("acme") as work:
            work.emit(bench.topic, "k", RemoveAgent(agent_id="after"))
        found = await everything_on(bench.topic.name, 2, bench.settings)
    assert [decode(record.value).data.agent_id for record in found] == ["in doubt", "after"]
    assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_a_killed_writer_packed_into_one_row_is_published_whole_and_in_order(bench) -> None:
    async with bench.database.system.acquire() as connection, connection.transaction():
        now = await connection.fetchval("SELECT now()")
        work = UnitOfWork(connection, tenant="acme", now=now, source="test", lane="api/0")
        for number in range(40):
            work.emit(bench.topic, "k", RemoveAgent(agent_id=str(number)))
        await work.write_outbox()
    assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 1
    async with open_transactions(bench.database, bench.producer, source="test", lane="api/0"):
        found = await everything_on(bench.topic.name, 40, bench.settings)
    assert [decode(record.value).data.agent_id for record in found] == [str(number) for number in range(40)]
    assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_rolled_back_transaction_emits_nothing(bench) -> None:
    async with open_transactions(bench.database, bench.producer, source="test", lane="api/0") as transactions:
        with pytest.raises(Refused):
            async with transactions.begin("acme") as work:
                work.emit(bench.topic, "k", RemoveAgent(agent_id="never"))
                raise Refused("no", "changed my mind")
        assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 0


async def test_rows_of_a_writer_that_never_came_back_are_published(bench) -> None:
    await bench.database.system.execute(
        """INSERT INTO outbox (lane, tenant_id, topic, key, value, headers, written_at)
           VALUES ('api/9', 'acme', $1, 'k', 'v', '[["a", "b"]]', now() - interval '1 hour')""",
        bench.topic.name,
    )
    await housekeeping.tidy(bench.database, bench.producer)
    (found,) = await everything_on(bench.topic.name, 1, bench.settings)
    assert (found.value, found.headers) == (b"v", (("a", b"b"),))
    assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 0
