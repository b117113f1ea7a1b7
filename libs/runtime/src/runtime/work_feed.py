"""A topic read by a group whose members finish records in any order. For work without a database: at least once, nothing skipped.

A record's offset is committed when everything before it in its partition is done.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from contracts.envelope import Envelope, MalformedEvent, decode
from contracts.topics import Topic
from runtime import kafka, logging
from runtime.settings import KafkaSettings

_log: Final = logging.get("work_feed")
_POLL_MS: Final = 500
_MAX_RECORDS: Final = 200
_GATHER_SECONDS: Final = 0.1
_COMMIT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    topic: str
    partition: int
    offset: int


class Feed(Protocol):
    async def poll(self) -> list[tuple[Place, Envelope]]:
        """What came since, perhaps nothing. Waits half a second or so; now and then commits what was done until then."""
        ...

    def done(self, place: Place) -> None: ...


@dataclass(slots=True)
class Progress:
    """Of one partition: `open` are the offsets at work, `next` is the first that was never read."""

    open: set[int] = field(default_factory=set)
    next: int = 0

    @property
    def finished(self) -> int:
        """The offset that may be committed now."""
        return min(self.open, default=self.next)


class KafkaFeed:
    """After a partition was lost and read anew, work may be done twice: its effects have to be the same.

    `concerns` looks at a record's bytes: what it passes over isn't even decoded.
    """

    def __init__(
        self, client: AIOKafkaConsumer, concerns: Callable[[bytes], bool], commit_seconds: float = _COMMIT_SECONDS
    ) -> None:
        self._client = client
        self._concerns = concerns
        self._progress: dict[TopicPartition, Progress] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._commit_seconds = commit_seconds
        self._commit_at = 0.0
        self._found = False

    async def poll(self) -> list[tuple[Place, Envelope]]:
        if self._found:
            await asyncio.sleep(_GATHER_SECONDS)
        if time.monotonic() >= self._commit_at:
            await self._commit()
            self._commit_at = time.monotonic() + self._commit_seconds
        try:
            found = await self._client.getmany(timeout_ms=_POLL_MS, max_records=_MAX_RECORDS)
        except KafkaError as error:
            _log.warning("the feed waits", extra={"code": type(error).__name__})
            await asyncio.sleep(1.0)
            return []
        self._found = bool(found)
        return [
            (Place(partition.topic, partition.partition, record.offset), envelope)
            for partition, records in found.items()
            for record in records
            if (envelope := self._read(partition, record)) is not None
        ]

    def done(self, place: Place) -> None:
        """Of no account when the partition has gone to another member meanwhile."""
        progress = self._progress.get(TopicPartition(place.topic, place.partition))
        if progress is not None:
            progress.open.discard(place.offset)

    def _read(self, partition: TopicPartition, record: ConsumerRecord) -> Envelope | None:
        """A record that can't be read is the owner's of the topic to dead-letter, not ours."""
        progress = self._progress.setdefault(partition, Progress())
        progress.next = record.offset + 1
        if record.value is None or not self._concerns(record.value):
            return None
        try:
            envelope = decode(record.value)
        except MalformedEvent:
            return None
        progress.open.add(record.offset)
        return envelope

    async def _commit(self) -> None:
        ready = {partition: progress.finished for partition, progress in self._progress.items()}
        news = {partition: offset for partition, offset in ready.items() if offset != self._committed.get(partition)}
        if not news:
            return
        try:
            await self._client.commit(news)
            self._committed |= news
        except (KafkaError, IllegalStateError) as error:
            # partitions went to another member, who begins where we committed last
            assigned = self._client.assignment()
            self._progress = {one: progress for one, progress in self._progress.items() if one in assigned}
            _log.info("offsets were not committed", extra={"code": type(error).__name__})


@asynccontextmanager
async def open_work_feed(
    settings: KafkaSettings, group: str, topic: Topic, concerns: Callable[[bytes], bool]
) -> AsyncIterator[KafkaFeed]:
    client = kafka.consumer_client(settings, group)
    client.subscribe([topic.name])
    await client.start()
    try:
        yield KafkaFeed(client, concerns)
    finally:
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(3):
                await client.stop()
