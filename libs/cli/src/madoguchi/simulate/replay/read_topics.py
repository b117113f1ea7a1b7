"""A recording, read from the broker: one tenant's commands and what the router decided, between two instants."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from contracts.base import format_instant
from contracts.envelope import Envelope, MalformedEvent, decode
from contracts.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from madoguchi.display import Tell
from madoguchi.errors import Stop
from madoguchi.partitions import partitions_of
from router.handlers.instants import instant
from runtime import kafka
from runtime.errors import DependencyDown
from runtime.settings import KafkaSettings

STALLED_SECONDS: Final = 30.0
PUBLISHED_WITHIN_MS: Final = 600_000
"""A record's time on the topic is later than what it tells of, by an outage at worst."""
_TELLS_EVERY: Final = 50_000

Range = Mapping[TopicPartition, tuple[int, int]]


async def read_topics(
    tenant: str, begins: int, counted_from: int, until: int, settings: KafkaSettings, tell: Tell
) -> list[Envelope]:
    """Begins earlier than what counts, as far as the topics go back. Raises Stop when they lack what counts."""
    client = kafka.reader_client(settings)
    try:
        async with asyncio.timeout(STALLED_SECONDS):
            await client.start()
            commands = await commands_of(tenant, settings)
            await _require_kept(client, commands, counted_from)
            events = await partitions_of([ROUTING_EVENTS], settings)
            found = await _between(client, [commands, *events], begins, until + PUBLISHED_WITHIN_MS)
        return await _read(client, found, tenant, tell)
    except (KafkaError, TimeoutError, OSError) as error:
        raise DependencyDown(f"the recorded commands can't be read: {type(error).__name__}") from error
    finally:
        await client.stop()


async def commands_of(tenant: str, settings: KafkaSettings) -> TopicPartition:
    """All commands of a tenant lie in one, by the producer's own choice."""
    known = sorted(place.partition for place in await partitions_of([ROUTING_COMMANDS], settings))
    if not known:
        raise Stop(f"the broker has no topic {ROUTING_COMMANDS.name}")
    return TopicPartition(ROUTING_COMMANDS.name, DefaultPartitioner()(tenant.encode(), known, known))


async def _require_kept(client: AIOKafkaConsumer, commands: TopicPartition, counted_from: int) -> None:
    client.assign([commands])
    first = (await client.beginning_offsets([commands]))[commands]
    if first == 0:
        return
    kept = (await client.offsets_for_times({commands: 0}))[commands]
    if kept is None:
        raise Stop(f"{ROUTING_COMMANDS.name} keeps nothing of this tenant any more: its retention is over")
    if kept.timestamp > counted_from:
        since = format_instant(instant(kept.timestamp))
        raise Stop(f"{ROUTING_COMMANDS.name} keeps nothing of before {since} any more; begin there or later")


async def _between(
    client: AIOKafkaConsumer, partitions: Sequence[TopicPartition], begins: int, until: int
) -> dict[TopicPartition, tuple[int, int]]:
    """Offsets, without partitions where nothing lies between."""
    client.assign(partitions)
    ends = await client.end_offsets(partitions)
    firsts = await client.offsets_for_times(dict.fromkeys(partitions, begins))
    lasts = await client.offsets_for_times(dict.fromkeys(partitions, until))
    found = {
        one: (firsts[one].offset, lasts[one].offset if lasts[one] is not None else ends[one])
        for one in partitions
        if firsts[one] is not None
    }
    return {one: (first, end) for one, (first, end) in found.items() if first < end}


async def _read(client: AIOKafkaConsumer, ranges: Range, tenant: str, tell: Tell) -> list[Envelope]:
    """Raises TimeoutError when nothing comes for a while."""
    if not ranges:
        return []
    client.assign(list(ranges))
    for place, (first, _) in ranges.items():
        client.seek(place, first)
    total, waiting, read = sum(end - first for first, end in ranges.values()), set(ranges), 0
    needle = json.dumps(tenant, ensure_ascii=False).encode()
    found: list[Envelope] = []
    while waiting:
        async with asyncio.timeout(STALLED_SECONDS):
            batches = await _some(client)
            waiting = {one for one in waiting if await client.position(one) < ranges[one][1]}
        before = read
        for place, records in batches.items():
            ours = [record for record in records if record.offset < ranges[place][1]]
            read += len(ours)
            found += [envelope for record in ours if (envelope := _event(record.value, tenant, needle)) is not None]
        if read // _TELLS_EVERY > before // _TELLS_EVERY or not waiting:
            tell(f"recording: {read:,} of {total:,} records read, {len(found):,} of {tenant}")
    return found


async def _some(client: AIOKafkaConsumer) -> dict[TopicPartition, list[ConsumerRecord]]:
    while not (batches := await client.getmany(timeout_ms=500)):
        pass
    return dict(batches)


def _event(value: bytes | None, tenant: str, needle: bytes) -> Envelope | None:
    """What the router could not read did not reach it either."""
    if value is None or needle not in value:
        return None
    try:
        envelope = decode(value)
    except MalformedEvent:
        return None
    return envelope if envelope.tenant == tenant else None
