"""aiokafka's defaults lose messages; ours must not come back by an oversight. One test a trap."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaTimeoutError, OutOfOrderSequenceNumber

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
    """Stands where aiokafka's producer stands: answers each send as told, and never stops when told to hang."""

    def __init__(self, answer: Callable[[], Any], hang: bool = False) -> None:
        self.answer = answer
        self.hang = hang
        self.stopped = False
        self.sent = 0

    async def start(self) -> None:
        pass

    async def send(self, *_: object, **__: object) -> asyncio.Future[object]:
        self.sent += 1
        ack: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        outcome = self.answer()
        if isinstance(outcome, Exception):
            ack.set_exception(outcome)
        elif outcome is not None:
            ack.set_result(outcome)
        return ack

    async def stop(self) -> None:
        self.stopped = True
        if self.hang:
            await asyncio.Event().wait()


def record(size: int = 1) -> Record:
    event = RemoveAgent(agent_id="a" * size)
    return Record(ROUTING_COMMANDS, b"k", Envelope(uuid4(), "acme", "test", datetime.now(UTC), event))


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


async def test_one_failed_send_of_a_batch_makes_the_whole_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [object(), KafkaTimeoutError(), object()]
    broker = Broker(lambda: answers.pop(0))
    brokers(monkeypatch, broker)
    sender = EventProducer(SETTINGS)
    await sender.start()
    with pytest.raises(OutcomeUnknown, match="KafkaTimeoutError"):
        await sender.publish([record(), record(), record()], timeout=1)
    assert broker.sent == 3
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
    assert (fresh.sent, sender.healthy) == (1, True)
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
    assert broker.sent == 0
    await sender.stop()


async def test_a_broker_that_cant_be_reached_is_named() -> None:
    with pytest.raises(DependencyDown, match=r"127\.0\.0\.1:1"):
        await EventProducer(SETTINGS).start()
