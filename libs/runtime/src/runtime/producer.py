"""The one Kafka producer of a process. Idempotent, bounded in time, replaced when the broker no longer trusts its sequence."""

import asyncio
import contextlib
import logging
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, OutOfOrderSequenceNumber, ProducerFenced, UnknownProducerId

from contracts.base import value
from contracts.envelope import Envelope, encode, headers_of
from contracts.topics import Topic
from runtime import kafka, metrics
from runtime.batches import Batches, RawRecord
from runtime.errors import DependencyDown, OutcomeUnknown
from runtime.settings import KafkaSettings

_log = logging.getLogger(__name__)
_STOP_SECONDS = 3.0
_SEQUENCE_LOST = (OutOfOrderSequenceNumber, ProducerFenced, UnknownProducerId)


@value
class Record:
    """An event on its way to a topic."""

    topic: Topic
    key: bytes
    envelope: Envelope


def raw(record: Record) -> RawRecord:
    """Raises EventTooLarge: a value beyond the broker's limit would leave a hole in the producer's sequence."""
    return RawRecord(record.topic.name, record.key, encode(record.envelope), tuple(headers_of(record.envelope)))


class _Line:
    """A started client and what fills its batches."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self._filling = asyncio.create_task(batches.run())

    async def stop(self) -> None:
        self._filling.cancel()
        self.batches.close()
        await _stop(self.batches.client)


class EventProducer:
    """`healthy` is false from a failure until the next ack; readiness checks show it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._line: _Line | None = None
        self._connecting: asyncio.Task[_Line] | None = None
        self._stopping: asyncio.Task[None] | None = None
        self.healthy = True

    async def start(self) -> None:
        await self._connected()

    async def stop(self) -> None:
        line, self._line = self._line, None
        if self._connecting is not None:
            self._connecting.cancel()
        if self._stopping is not None:
            await self._stopping
        if line is not None:
            await line.stop()

    async def publish(self, records: Sequence[Record], timeout: float) -> None:
        """As `publish_raw`. Raises EventTooLarge before anything is sent."""
        await self.publish_raw([raw(record) for record in records], timeout)

    async def publish_raw(self, records: Sequence[RawRecord], timeout: float) -> None:
        """All acknowledged within `timeout` seconds, or OutcomeUnknown: some may have landed, and the same ids absorb a retry."""
        started, line, left = time.monotonic(), self._line, timeout
        try:
            if line is None:
                async with asyncio.timeout(timeout):
                    line = await self._connected()
                left -= time.monotonic() - started
            await line.batches.send(records, left)
        except TimeoutError as error:
            self.healthy = False
            raise OutcomeUnknown(f"no acknowledgement within {timeout:g} s") from error
        except KafkaError as error:
            self.healthy = False
            if isinstance(error, _SEQUENCE_LOST):
                self._discard(line)
            raise OutcomeUnknown(f"the broker answered {type(error).__name__}") from error
        finally:
            _show(records, started, sys.exc_info()[0] is None)
        self.healthy = True

    async def _connected(self) -> _Line:
        """The line; when there is none, the one being connected, which goes on even if this caller gives up waiting."""
        if self._line is None:
            if self._connecting is None or self._connecting.done():
                self._connecting = asyncio.create_task(self._connect())
            self._line = await asyncio.shield(self._connecting)
        return self._line

    def _discard(self, broken: _Line | None) -> None:
        if broken is not None and self._line is broken:
            _log.error("producer replaced", extra={"code": "sequence_lost"})
            self._line = None
            self._stopping = asyncio.create_task(broken.stop())  # takes seconds that a caller's deadline doesn't have

    async def _connect(self) -> _Line:
        client = kafka.producer_client(self._settings)
        try:
            async with asyncio.timeout(15):
                await client.start()
        except (KafkaError, TimeoutError, OSError) as error:
            self.healthy = False
            await _stop(client)
            raise DependencyDown(f"Kafka at {self._settings.bootstrap} can't be reached") from error
        return _Line(Batches(client, self._settings.linger_ms / 1000))


def _show(records: Sequence[RawRecord], started: float, acknowledged: bool) -> None:
    outcome = "acknowledged" if acknowledged else "unknown"
    topics = {records[0].topic: 1} if len(records) == 1 else Counter(record.topic for record in records)
    for topic, count in topics.items():
        metrics.PUBLISHED.labels(topic, outcome).inc(count)
        metrics.PUBLISH_SECONDS.labels(topic).observe(time.monotonic() - started)


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
