"""One partition under one lease: every change it makes to the store is fenced by the lease, in the same transaction.

Records that nobody wants are passed over in memory, and their offset is kept with the next batch or a little later: reading them
again changes nothing.
"""

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import asyncpg
from aiokafka import ConsumerRecord

from contracts.envelope import TYPE_PREFIX, MalformedEvent, decode
from runtime import lease, metrics
from runtime.batch_commit import CommitBatch, fenced
from runtime.batches import RawRecord
from runtime.dead_letter import dead_letter
from runtime.errors import Fenced
from runtime.inbox import Batch
from runtime.outbox_lane import OutboxLane
from runtime.ports import Delivery
from runtime.postgres import Database
from runtime.processing import Processor, Subscription
from runtime.unit_of_work import UnitOfWork

_MAX_UNPUBLISHED: Final = 20_000
_KEPT_AFTER_SECONDS: Final = 2.0
_Stamp = Callable[[asyncpg.Connection], Awaitable[datetime]]


class PartitionOwner:
    """`take` first. After any failure the processor's memory is dropped and loaded anew before the next use."""

    def __init__(
        self,
        subscription: Subscription,
        partition: int,
        database: Database,
        lane: OutboxLane,
        owner: str,
        commit: CommitBatch,
    ) -> None:
        self.consumer = subscription.consumer
        self.database = database
        self.lane = lane
        self.next_offset = 0
        self._subscription = subscription
        self._partition = partition
        self._owner = owner
        self._commit = commit
        self._lease: lease.Lease | None = None
        self._processor: Processor | None = None
        self._kept_offset = 0
        self._passed_at: float | None = None

    async def take(self) -> None:
        """Fences every earlier owner, publishes what it left in the outbox, loads the processor's state."""
        topic = self._subscription.topic.name
        self._lease = await lease.take(self.database, self.consumer, topic, self._partition, self._owner)
        self.next_offset = self._kept_offset = self._lease.next_offset
        self._passed_at = None
        if await self.lane.recover():
            await self.lane.flushed()
        await self._ready()

    def next_tick(self) -> float | None:
        if self._processor is None:
            return 0.0
        wait = self._processor.next_tick()
        if self._passed_at is None:
            return wait
        keep = self._passed_at + _KEPT_AFTER_SECONDS - time.monotonic()
        return keep if wait is None else min(wait, keep)

    async def apply(self, records: list[ConsumerRecord]) -> None:
        """The records' effects and the offset behind the last of them, or nothing."""
        first, last = records[0].offset, records[-1].offset
        deliveries, malformed = _decoded(_wanted(records, self._subscription.wants))
        if not deliveries and not malformed:
            self._pass_over(last)
            return
        held, processor = await self._ready()
        dead = [self._dead_letter(record, "malformed", str(error)) for record, error in malformed]
        batch = Batch(held, first, last, deliveries, dead, self.lane, processor)
        try:
            await self._commit(batch)
        except BaseException:
            self.lose()
            raise
        self._keep(last)
        processor.committed()
        metrics.DUPLICATES.labels(self.consumer).inc(len(deliveries) - len(batch.fresh))
        for kind, count in Counter(delivery.envelope.type for delivery in batch.fresh).items():
            metrics.CONSUMED.labels(self.consumer, kind).inc(count)

    async def tick(self) -> None:
        """What time makes due, and the offset of what was passed over."""
        held, processor = await self._ready()
        first, last = self._kept_offset, self.next_offset - 1
        if self._subscription.together:
            await self._commit(Batch(held, first, last, (), (), self.lane, processor))
            self._keep(last)
            return
        async with self._transaction(
            held.hold if last < first else lambda connection: held.advance(connection, first, last)
        ) as work:
            await processor.tick(work)
        self._keep(last)
        processor.committed()

    async def bury(self, record: ConsumerRecord, code: str, reason: str) -> None:
        """The record becomes a dead letter and counts as done."""
        held, _ = await self._ready()
        offset = record.offset
        async with self._transaction(lambda connection: held.advance(connection, offset, offset)) as work:
            work.emit_raw(self._dead_letter(record, code, reason))
        self._keep(offset)

    def _pass_over(self, last: int) -> None:
        self.next_offset = last + 1
        if self._passed_at is None:
            self._passed_at = time.monotonic()

    def _keep(self, last: int) -> None:
        self.next_offset = self._kept_offset = last + 1
        self._passed_at = None

    def lose(self) -> None:
        if self._processor is not None:
            self._processor.lost()
            self._processor = None

    async def _ready(self) -> tuple[lease.Lease, Processor]:
        if self._lease is None:
            raise Fenced("the lease was never taken")
        if self._processor is None:
            processor = self._subscription.processors(self._partition)
            async with self._transaction(self._lease.hold) as work:
                await processor.start(work)
            self._processor = processor
        if self.lane.depth > _MAX_UNPUBLISHED:
            await self.lane.flushed()
        return self._lease, self._processor

    @asynccontextmanager
    async def _transaction(self, stamp: _Stamp) -> AsyncIterator[UnitOfWork]:
        try:
            async with fenced(self.database, self.consumer, (self.lane,), stamp) as work:
                yield work
        except BaseException:
            self.lose()
            raise

    def _dead_letter(self, record: ConsumerRecord, code: str, reason: str) -> RawRecord:
        metrics.DEAD_LETTERS.labels(record.topic, code).inc()
        return dead_letter(record, consumer=self.consumer, code=code, reason=reason)


def _wanted(records: list[ConsumerRecord], wants: Callable[[str], bool] | None) -> list[ConsumerRecord]:
    """A record that doesn't say its type is opened: it may be malformed, and then it is told."""
    if wants is None:
        return records
    prefix = len(TYPE_PREFIX)
    return [
        one for one in records if (kind := dict(one.headers).get("ce_type")) is None or wants(kind.decode()[prefix:])
    ]


def _decoded(records: list[ConsumerRecord]) -> tuple[list[Delivery], list[tuple[ConsumerRecord, MalformedEvent]]]:
    deliveries: list[Delivery] = []
    malformed: list[tuple[ConsumerRecord, MalformedEvent]] = []
    for record in records:
        try:
            envelope = decode(record.value)
        except MalformedEvent as error:
            malformed.append((record, error))
        else:
            deliveries.append(Delivery(envelope, record.topic, record.partition, record.offset, record.key))
    return deliveries, malformed
