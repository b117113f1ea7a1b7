"""The consumer loop of one subscription: polls the broker, hands each partition's records to its worker, commits offsets lazily.

The broker's assignment is only a hint whom to ask for a lease; offsets in the store decide where to read, offsets in the broker are
for lag tooling.
"""

import asyncio
import contextlib
import logging
import time
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from runtime import kafka, metrics
from runtime.batch_commit import committing
from runtime.outbox_lane import OutboxLane, Published
from runtime.owner import PartitionOwner
from runtime.partition import PartitionWorker
from runtime.postgres import Database
from runtime.processing import Subscription
from runtime.producer import EventProducer
from runtime.settings import KafkaSettings

_log = logging.getLogger(__name__)
_POLL_MS: Final = 500
_COMMIT_SECONDS: Final = 5.0
_REACQUIRE_SECONDS: Final = 1.0
_STUCK_SECONDS: Final = 90.0


class Consumer:
    """`run` until cancelled. Messages get at-least-once transport; the worker's transaction makes effects exactly once."""

    def __init__(
        self, subscription: Subscription, database: Database, producer: EventProducer, settings: KafkaSettings
    ) -> None:
        self._subscription = subscription
        self._database = database
        self._producer = producer
        self._settings = settings
        self._commit_batch = committing(subscription, database)
        self._published = Published(database)
        self._workers: dict[TopicPartition, PartitionWorker] = {}
        self._tasks: dict[TopicPartition, asyncio.Task[None]] = {}
        self._ended_at: dict[TopicPartition, float] = {}
        self._client: AIOKafkaConsumer | None = None
        self._assignment = kafka.AssignmentFlag()

    async def ready(self) -> bool:
        """In the group, every assigned partition owned, no dependency missing."""
        workers = list(self._workers.values())
        return self._assignment.settled and all(worker.ready and worker.trouble is None for worker in workers)

    def stuck(self) -> str | None:
        """Why this process should be restarted, if it should: records wait, nothing is down, and nothing moves."""
        for partition, worker in self._workers.items():
            idle = time.monotonic() - worker.progressed_at
            if worker.ready and worker.trouble is None and idle > _STUCK_SECONDS and self._behind(partition, worker):
                return f"{self._subscription.consumer}: no progress on {partition.topic}/{partition.partition} for {idle:.0f} s"
        return None

    def _behind(self, partition: TopicPartition, worker: PartitionWorker) -> bool:
        end = self._client.highwater(partition) if self._client else None
        return worker.busy or (end is not None and end > worker.owner.next_offset)

    async def run(self) -> None:
        while True:
            try:
                await self._consume()
            except* (KafkaError, OSError) as errors:
                _log.warning(
                    "consumer restarts",
                    extra={"consumer": self._subscription.consumer, "code": type(errors.exceptions[0]).__name__},
                )
            await asyncio.sleep(_REACQUIRE_SECONDS)

    async def _consume(self) -> None:
        self._client = client = kafka.consumer_client(self._settings, self._subscription.consumer)
        self._assignment = kafka.AssignmentFlag()
        client.subscribe([self._subscription.topic.name], listener=self._assignment)
        try:
            await client.start()
            async with asyncio.TaskGroup() as group:
                await self._poll(client, group)
        finally:
            await self._leave(client)

    async def _poll(self, client: AIOKafkaConsumer, group: asyncio.TaskGroup) -> None:
        seen, committed_at = 0, time.monotonic()
        while True:
            if self._assignment.generation != seen:
                seen = self._assignment.generation
                await self._drop(set(self._workers))
                metrics.REBALANCES.labels(self._subscription.consumer).inc()
            if self._assignment.settled:
                self._own(client, group)
            await self._fetch(client)
            self._show_paused()
            if time.monotonic() - committed_at > _COMMIT_SECONDS:
                await self._commit(client)
                committed_at = time.monotonic()

    async def _fetch(self, client: AIOKafkaConsumer) -> None:
        with_room = [partition for partition, worker in self._workers.items() if worker.has_room]
        if not with_room:
            await asyncio.sleep(0.01)
            return
        fetched = await client.getmany(*with_room, timeout_ms=_POLL_MS, max_records=self._subscription.max_batch)
        for partition, records in fetched.items():
            worker = self._workers.get(partition)
            if worker is not None and worker.has_room:
                worker.offer(records)
        if fetched:
            await self._gather(client)

    async def _gather(self, client: AIOKafkaConsumer) -> None:
        """The next fetch leaves when the time is over and finds what came meanwhile. Sent at once it would bring the first record alone,
        which then lay here until the time is over: 20 to 40 ms instead of 0 to 20.
        """
        partitions = client.assignment()
        client.pause(*partitions)
        try:
            await asyncio.sleep(self._subscription.gather_seconds)
        finally:
            client.resume(*(partitions & client.assignment()))

    def _own(self, client: AIOKafkaConsumer, group: asyncio.TaskGroup) -> None:
        """A worker for each assigned partition that has none, or whose worker was fenced a while ago."""
        now = time.monotonic()
        for partition in [partition for partition, task in self._tasks.items() if task.done()]:
            self._forget(partition)
            self._ended_at[partition] = now
        for partition in client.assignment() - self._workers.keys():
            if now - self._ended_at.get(partition, 0.0) >= _REACQUIRE_SECONDS:
                self._start(client, group, partition)

    def _start(self, client: AIOKafkaConsumer, group: asyncio.TaskGroup, partition: TopicPartition) -> None:
        name = f"{self._subscription.consumer}/{partition.topic}/{partition.partition}"
        lane = OutboxLane(name, self._database, self._producer, self._published)
        owner = PartitionOwner(
            self._subscription, partition.partition, self._database, lane, self._settings.instance, self._commit_batch
        )
        worker = PartitionWorker(owner, partition.topic, partition.partition, self._subscription.max_batch)
        self._workers[partition] = worker
        self._tasks[partition] = group.create_task(worker.run(lambda offset: client.seek(partition, offset)))

    async def _drop(self, partitions: set[TopicPartition]) -> None:
        tasks = [self._tasks[partition] for partition in partitions]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for partition in partitions:
            self._forget(partition)

    def _forget(self, partition: TopicPartition) -> None:
        self._workers.pop(partition, None)
        self._tasks.pop(partition, None)

    def _show_paused(self) -> None:
        paused = sum(1 for worker in self._workers.values() if worker.trouble is not None)
        metrics.PAUSED.labels(self._subscription.consumer).set(paused)

    async def _commit(self, client: AIOKafkaConsumer) -> None:
        done = {tp: worker.owner.next_offset for tp, worker in self._workers.items() if worker.ready}
        owned = {tp: offset for tp, offset in done.items() if tp in client.assignment()}
        if owned:
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(5):
                    await client.commit(owned)

    async def _leave(self, client: AIOKafkaConsumer) -> None:
        self._client = None
        self._assignment.settled = False
        self._workers.clear()
        self._tasks.clear()
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(5):
                await client.stop()
