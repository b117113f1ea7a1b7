"""What the runtime does when the broker hangs, a member vanishes or a zombie comes back."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runtime import lease
from runtime.errors import OutcomeUnknown
from runtime.unit_of_work import open_transactions

pytestmark = pytest.mark.integration


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def broker_pid(running_stack) -> int:
    if "kafka" not in running_stack.pids:
        pytest.skip("the broker runs in a container: its process isn't ours to stop")
    return running_stack.pids["kafka"]


async def test_a_send_to_a_frozen_broker_is_unknown_in_time_and_its_retry_has_one_effect(bench, broker_pid) -> None:
    await bench.send(bench.event("warm"))
    event = bench.event("once")
    with frozen(broker_pid):
        began = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            await bench.producer.publish_raw([_raw(bench, event)], timeout=0.5)
        assert time.monotonic() - began < 5
        assert not bench.producer.healthy
    await bench.send(event)
    assert bench.producer.healthy
    async with bench.running(bench.consumer()):
        assert await bench.until_effects(2) == ["warm", "once"]
        await bench.send(bench.event("last"))
        assert await bench.until_effects(3) == ["warm", "once", "last"]


async def test_a_transaction_commits_while_the_broker_is_frozen_and_its_event_follows(bench, broker_pid) -> None:
    async with open_transactions(bench.database, bench.producer, source="test", lane="api/0") as transactions:
        with frozen(broker_pid):
            async with transactions.begin("acme") as work:
                work.emit(bench.topic, "k", bench.event("kept").data)
            assert await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 1

        async def published() -> bool:
            return await bench.database.system.fetchval("SELECT count(*) FROM outbox") == 0

        await bench.until(published)
    async with bench.running(bench.consumer()):
        assert await bench.until_effects(1) == ["kept"]


async def test_two_members_share_the_partitions_and_one_takes_over(bench) -> None:
    first, second = bench.consumer(instance="0"), bench.consumer(instance="1")
    expected = {f"m{number}" for number in range(60)}
    async with bench.running(second):
        async with bench.running(first):
            for number in range(40):
                await bench.send(bench.event(f"m{number}"), key=str(number).encode())
            await bench.until_effects(40)
        for number in range(40, 60):
            await bench.send(bench.event(f"m{number}"), key=str(number).encode())
        effects = await bench.until_effects(60)
    assert sorted(effects) == sorted(expected)


async def test_an_owner_whose_lease_was_taken_drops_its_batch_and_nothing_happens_twice(bench) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def slow(delivery, work) -> None:
        entered.set()
        await bench.store(delivery, work)
        await go_on.wait()

    await bench.send(bench.event("a"))
    async with bench.running(bench.consumer(slow)):
        await entered.wait()
        thief = asyncio.create_task(_steal(bench))
        await asyncio.sleep(0)
        go_on.set()
        await thief
        await bench.send(bench.event("b"))
        assert await bench.until_effects(2) == ["a", "b"]
    assert await bench.database.system.fetchval("SELECT max(epoch) FROM partition_lease") >= 3


async def _steal(bench) -> None:
    for partition in range(bench.settings.partitions):
        await lease.take(bench.database, f"test.{bench.topic.name}", bench.topic.name, partition, "thief")


def _raw(bench, event):
    from runtime.producer import Record, raw

    return raw(Record(bench.topic, b"one-key", event))
