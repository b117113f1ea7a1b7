"""Batches of several partitions in one transaction, on real Kafka and Postgres: each keeps its own lease, outbox and fate."""

import asyncio
from uuid import uuid4

import pytest

from contracts.envelope import decode
from contracts.routing import RemoveAgent
from runtime import lease
from runtime.errors import Refused
from runtime.outbox_lane import OutboxLane
from runtime.ports import Delivery
from runtime.unit_of_work import UnitOfWork

pytestmark = pytest.mark.integration
KEYS = [str(number).encode() for number in range(40)]


async def fill(bench, poison: frozenset[int] = frozenset()) -> None:
    for number, key in enumerate(KEYS):
        await bench.send(bench.event(f"{'poison' if number in poison else 'm'}{number}"), key=key)


async def partitions_of(bench) -> set[int]:
    rows = await bench.database.system.fetch("SELECT partition FROM partition_lease WHERE next_offset > 0")
    return {row["partition"] for row in rows}


async def test_many_partitions_take_few_transactions(bench) -> None:
    await fill(bench)
    async with bench.running(bench.consumer(together=True)):
        effects = await bench.until_effects(len(KEYS))
    assert sorted(effects) == sorted(f"m{number}" for number in range(len(KEYS)))
    assert len(await partitions_of(bench)) == bench.settings.partitions
    taken = await bench.database.system.fetchval("SELECT count(DISTINCT xmin::text) FROM effect")
    assert taken < bench.settings.partitions


@pytest.mark.parametrize("each", [1, 40], ids=["a row an event", "packed"])
async def test_what_follows_leaves_by_the_lane_of_its_own_partition(bench, each) -> None:
    first, second, elsewhere = uuid4(), uuid4(), uuid4()
    async with bench.database.system.acquire() as connection, connection.transaction():
        now = await connection.fetchval("SELECT now()")
        work = UnitOfWork(connection, tenant="acme", now=now, source="test", lane="usual")
        work.shared({first: "one", second: "two"})
        for number in range(each):
            for cause in (second, first, elsewhere):
                work.because_of(cause)
                work.emit(bench.topic, "k", RemoveAgent(agent_id=f"{cause} {number}"))
        with work.fires("timers", ()):
            work.emit(bench.topic, "k", RemoveAgent(agent_id="timer"))
        await work.write_outbox()
    for lane, expected in {
        "one": [f"{first} {number}" for number in range(each)],
        "two": [f"{second} {number}" for number in range(each)],
        "usual": [f"{elsewhere} {number}" for number in range(each)] + ["timer"],
    }.items():
        left = OutboxLane(lane, bench.database, bench.producer)
        assert await left.recover() == len(expected)
        rows = [record for row in left._waiting for record in row.records]
        assert [decode(record.value).data.agent_id for record in rows] == expected


async def test_poison_of_one_partition_is_set_aside_and_all_else_goes_on(bench) -> None:
    async def picky(delivery: Delivery, work: UnitOfWork) -> None:
        data = delivery.envelope.data
        assert isinstance(data, RemoveAgent)
        if data.agent_id.startswith("poison"):
            raise Refused("poisoned", "this one can't be worked on")
        await bench.store(delivery, work)

    poison = frozenset({3, 17})
    await fill(bench, poison)
    async with bench.running(bench.consumer(picky, together=True)):
        effects = await bench.until_effects(len(KEYS) - len(poison))
    assert sorted(effects) == sorted(f"m{number}" for number in range(len(KEYS)) if number not in poison)


async def test_a_stolen_lease_fences_its_partition_alone(bench) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(delivery: Delivery, work: UnitOfWork) -> None:
        entered.set()
        await go_on.wait()
        await bench.store(delivery, work)

    consumer = bench.consumer(slow, together=True)
    async with bench.running(consumer):
        await fill(bench)
        await entered.wait()
        workers = {place.partition: worker for place, worker in consumer._workers.items()}
        thief = asyncio.create_task(
            lease.take(bench.database, f"test.{bench.topic.name}", bench.topic.name, 0, "thief")
        )
        go_on.set()
        await thief
        effects = await bench.until_effects(len(KEYS))
        others = {number for number, worker in workers.items() if worker.ready}
    assert sorted(effects) == sorted(f"m{number}" for number in range(len(KEYS)))
    assert others >= set(range(1, bench.settings.partitions))
