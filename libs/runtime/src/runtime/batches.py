"""Many records at once, laid into the client's batches by ourselves.

One by one each costs a future, a look at the metadata and a hash in Python. A few records still go one by one,
so that those of concurrent callers share batches.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from struct import unpack_from
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from contracts.base import value

_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_32_BITS: Final = 0xFFFFFFFF


@value
class RawRecord:
    """Bytes ready for the broker."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


async def send(client: AIOKafkaProducer, records: Sequence[RawRecord], acks: list[asyncio.Future[Any]]) -> None:
    """In order within each partition. Each batch's acknowledgement joins `acks` as soon as it is on its way."""
    partitions = {topic: sorted(await client.partitions_for(topic)) for topic in {record.topic for record in records}}
    places: dict[tuple[str, int], list[RawRecord]] = {}
    for record in records:
        numbers = partitions[record.topic]
        places.setdefault((record.topic, numbers[_hash(record.key) % len(numbers)]), []).append(record)
    for (topic, partition), laid in places.items():
        await _send_to(client, topic, partition, laid, acks)


async def _send_to(
    client: AIOKafkaProducer, topic: str, partition: int, records: Sequence[RawRecord], acks: list[asyncio.Future[Any]]
) -> None:
    batch = client.create_batch()
    for record in records:
        if _append(batch, record) is None:
            acks.append(await client.send_batch(batch, topic, partition=partition))
            batch = client.create_batch()
            _append(batch, record)
    batch.close()
    acks.append(await client.send_batch(batch, topic, partition=partition))


def _append(batch: Any, record: RawRecord) -> object:
    return batch.append(timestamp=None, key=record.key, value=record.value, headers=list(record.headers))


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
