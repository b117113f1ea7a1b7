"""Ids that no span carries: the events on the topics know them, and every event knows its trace."""

import asyncio
import json
from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import (
    CASE_EVENTS,
    INBOUND_MESSAGES,
    INBOUND_RECEIPTS,
    OUTBOUND_MESSAGES,
    OUTBOUND_RESULTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from madoguchi.partitions import partitions_of
from runtime import kafka
from runtime.errors import DependencyDown
from runtime.settings import KafkaSettings

SECONDS: Final = 60.0
_TOPICS: Final = (
    INBOUND_MESSAGES,
    INBOUND_RECEIPTS,
    CASE_EVENTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
    OUTBOUND_MESSAGES,
    OUTBOUND_RESULTS,
)


async def traces_on_topics(wanted: str, settings: KafkaSettings) -> set[str]:
    """The traces of all events that hold `wanted` as a whole text. Reads every topic once, from its beginning to now."""
    needle = json.dumps(wanted, ensure_ascii=False).encode()
    client = kafka.reader_client(settings)
    try:
        async with asyncio.timeout(SECONDS):
            await client.start()
            return await _search(client, await partitions_of(_TOPICS, settings), needle)
    except (KafkaError, TimeoutError, OSError) as error:
        raise DependencyDown(f"the topics can't be read: {type(error).__name__}") from error
    finally:
        await client.stop()


async def _search(client: AIOKafkaConsumer, partitions: list[TopicPartition], needle: bytes) -> set[str]:
    client.assign(partitions)
    await client.seek_to_beginning(*partitions)
    ends: Mapping[TopicPartition, int] = await client.end_offsets(partitions)
    found: set[str] = set()
    waiting = {one for one in partitions if await client.position(one) < ends[one]}
    while waiting:
        for records in (await client.getmany(timeout_ms=500)).values():
            found |= {trace for record in records if needle in record.value and (trace := _trace_of(record))}
        waiting = {one for one in waiting if await client.position(one) < ends[one]}
    return found


def _trace_of(record: ConsumerRecord) -> str | None:
    header = next((value for name, value in record.headers if name == "traceparent"), b"")
    parts = header.decode("ascii", "replace").split("-")
    return parts[1] if len(parts) == 4 else None
