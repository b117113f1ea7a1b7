"""Records on their way to the broker: those of all callers together, per partition one batch at a time.

Record by record the client makes a future, looks at its metadata and hashes the key in Python, and its sender wakes for each
partition anew: half of what accepting a webhook cost. What comes within a linger, or while its partition's last batch is on its
way, goes as one batch; the client has one request on its way per broker anyway.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from struct import unpack_from
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from contracts.base import value

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_32_BITS: Final = 0xFFFFFFFF

_Place = tuple[str, int]


@value
class RawRecord:
    """Bytes ready for the broker."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class _Shipment:
    """One caller's records. `told` ends with the last acknowledgement or the first failure; cancelled, what has not left stays."""

    __slots__ = ("_left", "told")

    def __init__(self, count: int, told: asyncio.Future[None]) -> None:
        self._left = count
        self.told = told

    def landed(self, count: int) -> None:
        self._left -= count
        if self._left == 0 and not self.told.done():
            self.told.set_result(None)

    def late(self) -> None:
        self.failed(TimeoutError())

    def failed(self, error: BaseException) -> None:
        if not self.told.done():
            self.told.set_exception(error)


class Batches:
    """`send` while `run` runs. Within a partition records leave in the order of the calls; a failed call's later ones don't leave."""

    def __init__(self, client: AIOKafkaProducer, linger_seconds: float) -> None:
        self.client: Final = client
        self._linger = linger_seconds
        self._queues: defaultdict[_Place, deque[tuple[RawRecord, _Shipment]]] = defaultdict(deque)
        self._on_its_way: set[_Place] = set()
        self._counts: dict[str, int] = {}
        """Of partitions, numbered from 0, by topic; asked anew after each turn, as a topic may get more."""
        self._wake = asyncio.Event()
        self._closed = False

    async def send(self, records: Sequence[RawRecord], timeout: float) -> None:
        """All acknowledged when it returns. Raises KafkaError, and TimeoutError after so many seconds."""
        if not records:
            return
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout
        counts = self._counts
        for record in records:
            if record.topic not in counts:
                async with asyncio.timeout_at(until):
                    counts[record.topic] = len(await self.client.partitions_for(record.topic))
        if self._closed:
            raise ProducerClosed
        shipment = _Shipment(len(records), loop.create_future())
        late = loop.call_at(until, shipment.late)
        try:
            for record in records:
                place = record.topic, _hash(record.key) % counts[record.topic]
                self._queues[place].append((record, shipment))
            self._wake.set()
            await shipment.told
        finally:
            late.cancel()

    async def run(self) -> None:
        """Until cancelled; then nothing more leaves, and whoever waits for that is told."""
        try:
            while True:
                await self._wake.wait()
                await asyncio.sleep(self._linger)
                self._wake.clear()
                self._counts = {}
                for place in self._queues.keys() - self._on_its_way:
                    await self._send_from(place)
        finally:
            self.close()

    def close(self) -> None:
        self._closed = True
        for queue in self._queues.values():
            for _, shipment in queue:
                shipment.failed(ProducerClosed())
        self._queues.clear()

    async def _send_from(self, place: _Place) -> None:
        batch, shipments = self._fill(place)
        if not shipments:
            return
        try:
            acknowledged = await self.client.send_batch(batch, place[0], partition=place[1])
        except asyncio.CancelledError:
            self._end(shipments, ProducerClosed())
            raise
        except Exception as error:  # noqa: BLE001  # whoever sent gets it; the others' records go on
            self._end(shipments, error)
            self._wake.set()
        else:
            self._on_its_way.add(place)
            acknowledged.add_done_callback(partial(self._answered, place, shipments))

    def _fill(self, place: _Place) -> tuple[Any, Mapping[_Shipment, int]]:
        """As many as a batch holds; none of a caller who has given up or failed, lest a retry find them out of order."""
        queue, batch = self._queues[place], self.client.create_batch()
        shipments: dict[_Shipment, int] = {}
        while queue:
            record, shipment = queue[0]
            if not shipment.told.done():
                if not _append(batch, record):
                    break
                shipments[shipment] = shipments.get(shipment, 0) + 1
            queue.popleft()
        if not queue:
            del self._queues[place]
        batch.close()
        return batch, shipments

    def _answered(self, place: _Place, shipments: Mapping[_Shipment, int], acknowledged: asyncio.Future[Any]) -> None:
        self._on_its_way.discard(place)
        self._end(shipments, ProducerClosed() if acknowledged.cancelled() else acknowledged.exception())
        if place in self._queues:
            self._wake.set()

    def _end(self, shipments: Mapping[_Shipment, int], error: BaseException | None) -> None:
        for shipment, count in shipments.items():
            if error is None:
                shipment.landed(count)
            else:
                shipment.failed(error)


def _append(batch: Any, record: RawRecord) -> bool:
    """False when the batch is full; an empty one takes a record of any size."""
    appended = batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))
    return appended is not None


@lru_cache(maxsize=50_000)
def _hash(key: bytes) -> int:
    """As the client's own partitioner, so that it doesn't matter which way a record went."""
    return murmur2(key) & 0x7FFFFFFF


def murmur2(key: bytes) -> int:
    """As the client's, which goes byte by byte and takes twenty times as long; most keys are cases that seldom come by.

    Source: Apache Kafka, `org.apache.kafka.common.utils.Utils.murmur2`.
    """
    words, tail = divmod(len(key), 4)
    hashed = _SEED ^ len(key)
    for word in unpack_from(f"<{words}I", key):
        mixed = word * _M & _32_BITS
        mixed = (mixed ^ mixed >> 24) * _M & _32_BITS
        hashed = hashed * _M & _32_BITS ^ mixed
    if tail:
        hashed = (hashed ^ int.from_bytes(key[4 * words :], "little")) * _M & _32_BITS
    hashed = (hashed ^ hashed >> 13) * _M & _32_BITS
    return hashed ^ hashed >> 15
