"""The one Kafka producer of a process. Idempotent, bounded in time, replaced when the broker no longer trusts its sequence."""

import asyncio
import contextlib
import logging
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerFenced, UnknownProducerId

from contracts.envelope import Envelope, encode, headers_of
from contracts.topics import Topic
from runtime import batches, kafka, metrics
from runtime.batches import RawRecord
from runtime.errors import DependencyDown, OutcomeUnknown
from runtime.settings import KafkaSettings

_log = logging.getLogger(__name__)
_STOP_SECONDS = 3.0
_IN_BATCHES_FROM = 64
_SEQUENCE_LOST = (OutOfOrderSequenceNumber, ProducerFenced, UnknownProducerId)


@dataclass(frozen=True, slots=True)
class Record:
    """An event on its way to a topic."""

    topic: Topic
    key: bytes
    envelope: Envelope


def raw(record: Record) -> RawRecord:
    """Raises EventTooLarge: a value beyond the broker's limit would leave a hole in the producer's sequence."""
    return RawRecord(record.topic.name, record.key, encode(record.envelope), tuple(headers_of(record.envelope)))


class EventProducer:
    """`healthy` is false from a failure until the next ack; readiness checks show it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._client: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[AIOKafkaProducer] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self.healthy = True

    async def start(self) -> None:
        await self._connected()

    async def stop(self) -> None:
        client, self._client = self._client, None
        if self._connecting is not None:
            self._connecting.cancel()
        if self._stopping is not None:
            await self._stopping
        if client is not None:
            await _stop(client)

    async def publish(self, records: Sequence[Record], timeout: float) -> None:
        """As `publish_raw`. Raises EventTooLarge before anything is sent."""
        await self.publish_raw([raw(record) for record in records], timeout)

    async def publish_raw(self, records: Sequence[RawRecord], timeout: float) -> None:
        """All acknowledged within `timeout` seconds, or OutcomeUnknown: some may have landed, and the same ids absorb a retry."""
        started = time.monotonic()
        client: AIOKafkaProducer | None = None
        acks: list[asyncio.Future[Any]] = []
        try:
            async with asyncio.timeout(timeout):
                client = await self._connected()
                if len(records) >= _IN_BATCHES_FROM:
                    await batches.send(client, records, acks)
                else:
                    await _send_each(client, records, acks)
                if acks:
                    await asyncio.wait(acks)
            for ack in acks:
                ack.result()
        except TimeoutError as error:
            self.healthy = False
            raise OutcomeUnknown(f"no acknowledgement within {timeout:g} s") from error
        except KafkaError as error:
            self.healthy = False
            if isinstance(error, _SEQUENCE_LOST):
                self._discard(client)
            raise OutcomeUnknown(f"the broker answered {type(error).__name__}") from error
        finally:
            for ack in acks:
                ack.add_done_callback(_retrieve)
            _show(records, started, sys.exc_info()[0] is None)
        self.healthy = True

    async def _connected(self) -> AIOKafkaProducer:
        """The client; when there is none, the one being connected, which goes on even if this caller gives up waiting."""
        if self._client is None:
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.create_task(self._connect())
            self._client = await asyncio.shield(self._connecting)
        return self._client

    def _discard(self, broken: AIOKafkaProducer | None) -> None:
        if broken is not None and self._client is broken:
            _log.error("producer replaced", extra={"code": "sequence_lost"})
            self._client = None
            self._stopping = asyncio.create_task(_stop(broken))  # takes seconds that a caller's deadline doesn't have

    async def _connect(self) -> AIOKafkaProducer:
        client = kafka.producer_client(self._settings)
        try:
            async with asyncio.timeout(15):
                await client.start()
        except (KafkaError, TimeoutError, OSError) as error:
            self.healthy = False
            await _stop(client)
            raise DependencyDown(f"Kafka at {self._settings.bootstrap} can't be reached") from error
        return client


async def _send_each(client: AIOKafkaProducer, records: Sequence[RawRecord], acks: list[asyncio.Future[Any]]) -> None:
    for record in records:  # a comprehension would lose the acks already begun when one send fails
        acks.append(  # noqa: PERF401
            await client.send(record.topic, record.value, record.key, headers=list(record.headers))
        )


def _show(records: Sequence[RawRecord], started: float, acknowledged: bool) -> None:
    outcome = "acknowledged" if acknowledged else "unknown"
    topics = {records[0].topic: 1} if len(records) == 1 else Counter(record.topic for record in records)
    for topic, count in topics.items():
        metrics.PUBLISHED.labels(topic, outcome).inc(count)
        metrics.PUBLISH_SECONDS.labels(topic).observe(time.monotonic() - started)


def _retrieve(ack: asyncio.Future[Any]) -> None:
    if not ack.cancelled():
        ack.exception()


async def _stop(client: AIOKafkaProducer) -> None:
    # aiokafka's stop waits for unsent batches for ever while the broker is down
    with contextlib.suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(_STOP_SECONDS):
            await client.stop()


@asynccontextmanager
async def open_producer(settings: KafkaSettings) -> AsyncIterator[EventProducer]:
    producer = EventProducer(settings)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()
