"""aiokafka's defaults lose messages; ours must not come back by an oversight. One test a trap."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record import MemoryRecords

from contracts.envelope import Envelope, EventTooLarge
from contracts.routing import RemoveAgent
from contracts.topics import ROUTING_COMMANDS
from runtime import kafka, producer
from runtime.errors import DependencyDown, OutcomeUnknown
from runtime.producer import EventProducer, Record
from runtime.settings import KafkaSettings

SETTINGS = KafkaSettings(bootstrap="127.0.0.1:1", instance="3")


async def test_a_producer_waits_for_all_replicas_and_is_idempotent() -> None:
    client = kafka.producer_client(SETTINGS)
    assert client._sender._acks == -1
    assert client._txn_manager is not None
    assert client._message_accumulator._batch_size >= 128 * 1024
    await client.stop()


async def test_only_the_stand_in_broker_gets_a_producer_without_idempotence() -> None:
    client = kafka.producer_client(SETTINGS.model_copy(update={"idempotent": False}))
    assert (client._sender._acks, client._txn_manager) == (-1, None)
    await client.stop()


async def test_a_consumer_commits_nothing_by_itself_and_starts_at_the_beginning() -> None:
    client = kafka.consumer_client(SETTINGS, "case-store.inbound")
    try:
        assert client._enable_auto_commit is False
        assert client._auto_offset_reset == "earliest"
        assert client._partition_assignment_strategy == (StickyPartitionAssignor,)
        assert client._group_instance_id == "case-store.inbound-3"
        assert client._session_timeout_ms == 45_000
        assert client._heartbeat_interval_ms == 3_000
        assert client._rebalance_timeout_ms == 60_000
    finally:
        await client.stop()


def test_the_listener_only_raises_flags() -> None:
    flag = kafka.AssignmentFlag()
    flag.on_partitions_assigned([])
    assert (flag.settled, flag.generation) == (True, 1)
    flag.on_partitions_revoked([])
    assert (flag.settled, flag.generation) == (False, 2)


class Broker:
    """Stands where aiokafka's producer stands: answers each batch as told, and never stops when told to hang.

    `sent` are the keys of each batch, `answer` may give a future to answer later.
    """

    def __init__(self, answer: Callable[[], Any], hang: bool = False) -> None:
        self.answer = answer
        self.hang = hang
        self.stopped = False
        self.sent: list[list[bytes]] = []

    async def start(self) -> None:
        pass

    async def partitions_for(self, topic: str) -> set[int]:
        return {0, 1}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(256 * 1024, 0)

    async def send_batch(self, batch: BatchBuilder, topic: str, *, partition: int) -> asyncio.Future[object]:
        self.sent.append([each.key for each in MemoryRecords(bytes(batch._build())).next_batch()])
        outcome = self.answer()
        if isinstance(outcome, asyncio.Future):
            return outcome
        ack: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if isinstance(outcome, Exception):
            ack.set_exception(outcome)
        elif outcome is not None:
            ack.set_result(outcome)
        return ack

    async def stop(self) -> None:
        self.stopped = True
        if self.hang:
            await asyncio.Event().wait()


def record(size: int = 1, key: bytes = b"k") -> Record:
    event = RemoveAgent(agent_id="a" * size)
    return Record(ROUTING_COMMANDS, key, Envelope(uuid4(), "acme", "test", datetime.now(UTC), event))


def brokers(monkeypatch: pytest.MonkeyPatch, *given: Broker) -> None:
    waiting = list(given)
    monkeypatch.setattr(producer.kafka, "producer_client", lambda settings: waiting.pop(0))


async def test_no_acknowledgement_in_time_is_unknown_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    brokers(monkeypatch, Broker(lambda: None))
    sender = EventProducer(SETTINGS)
    await sender.start()
    with pytest.raises(OutcomeUnknown):
        await sender.publish([record()], timeout=0.01)
    assert not sender.healthy
    await sender.stop()


async def test_one_failed_batch_of_several_makes_the_whole_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [object(), KafkaTimeoutError()]
    broker = Broker(lambda: answers.pop(0))
    brokers(monkeypatch, broker)
    sender = EventProducer(SETTINGS)
    await sender.start()
    with pytest.raises(OutcomeUnknown, match="KafkaTimeoutError"):
        await sender.publish([record(key=b"k%d" % number) for number in range(20)], timeout=1)
    assert sorted(key for keys in broker.sent for key in keys) == sorted(b"k%d" % number for number in range(20))
    assert len(broker.sent) == 2
    await sender.stop()


async def test_what_comes_while_a_batch_is_on_its_way_is_the_next_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[asyncio.Future[object]] = [asyncio.get_running_loop().create_future() for _ in range(2)]
    waiting = list(answers)
    broker = Broker(lambda: waiting.pop(0))
    brokers(monkeypatch, broker)
    sender = EventProducer(SETTINGS)
    await sender.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.publish([record()], timeout=30))
        while not broker.sent:
            await asyncio.sleep(0)
        for _ in range(3):
            group.create_task(sender.publish([record()], timeout=30))
        await asyncio.sleep(5 * SETTINGS.linger_ms / 1000)
        assert len(broker.sent) == 1
        answers[0].set_result(object())
        while len(broker.sent) < 2:
            await asyncio.sleep(0)
        answers[1].set_result(object())
    assert [len(keys) for keys in broker.sent] == [1, 3]
    await sender.stop()


async def test_what_has_not_left_when_its_batch_fails_does_not_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the retry would put the first behind the second."""
    big = [record(size=200_000) for _ in range(3)]
    answers: list[object] = [KafkaTimeoutError(), object()]
    broker = Broker(lambda: answers.pop(0))
    brokers(monkeypatch, broker)
    sender = EventProducer(SETTINGS)
    await sender.start()
    with pytest.raises(OutcomeUnknown):
        await sender.publish(big, timeout=30)
    await sender.publish([record(key=b"k")], timeout=30)
    assert broker.sent == [[b"k"], [b"k"]]
    await sender.stop()


async def test_a_caller_who_gave_up_takes_what_has_not_left_with_him(monkeypatch: pytest.MonkeyPatch) -> None:
    first: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    answers: list[object] = [first, object()]
    broker = Broker(lambda: answers.pop(0))
    brokers(monkeypatch, broker)
    sender = EventProducer(SETTINGS)
    await sender.start()
    async with asyncio.TaskGroup() as group:
        group.create_task(sender.publish([record()], timeout=30))
        while not broker.sent:
            await asyncio.sleep(0)
        with pytest.raises(OutcomeUnknown):
            await sender.publish([record()], timeout=0.01)
        first.set_result(object())
    await sender.publish([record(), record()], timeout=30)
    assert [len(keys) for keys in broker.sent] == [1, 2]
    await sender.stop()


async def test_a_producer_that_lost_its_sequence_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer, "_STOP_SECONDS", 0.01)
    lost, fresh = Broker(OutOfOrderSequenceNumber, hang=True), Broker(object)
    brokers(monkeypatch, lost, fresh)
    sender = EventProducer(SETTINGS)
    await sender.start()
    with pytest.raises(OutcomeUnknown):
        await sender.publish([record()], timeout=1)
    assert not lost.stopped  # whoever publishes has a deadline, and a stop may hang
    await sender.publish([record()], timeout=1)
    assert (len(fresh.sent), sender.healthy) == (1, True)
    await sender.stop()
    assert lost.stopped


async def test_stop_is_bounded_while_the_broker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer, "_STOP_SECONDS", 0.01)
    brokers(monkeypatch, Broker(object, hang=True))
    sender = EventProducer(SETTINGS)
    await sender.start()
    await sender.stop()


async def test_a_value_beyond_the_brokers_limit_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker = Broker(object)
    brokers(monkeypatch, broker)
    sender = EventProducer(SETTINGS)
    await sender.start()
    with pytest.raises(EventTooLarge):
        await sender.publish([record(), record(size=1_000_000)], timeout=1)
    assert broker.sent == []
    await sender.stop()


async def test_a_broker_that_cant_be_reached_is_named() -> None:
    with pytest.raises(DependencyDown, match=r"127\.0\.0\.1:1"):
        await EventProducer(SETTINGS).start()
