"""Reads what the doors produced and fetches the files of it. An offset is committed when all before it is done."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

from contracts.envelope import Envelope
from contracts.inbound import MessageReceived
from contracts.values import Attachment
from ingest.domain.webhook import Draft
from ingest.entrypoints import metrics
from ingest.handlers.fetch_media import RETRY_AFTER, MediaRoom, fetch_attachment, told, wanting
from ingest.handlers.ports import NotFetched
from runtime import logging
from runtime.errors import Failure
from runtime.work_feed import Feed, Place

_log: Final = logging.get("ingest.media")


class Publish(Protocol):
    async def __call__(self, tenant: str, drafts: list[Draft]) -> None: ...


@dataclass
class MediaWorker:
    """`concurrency` fetches run at once; while `max_waiting` messages wait for theirs (or for a provider), nothing new is read."""

    feed: Feed
    room: MediaRoom
    publish: Publish
    concurrency: int = 8
    max_waiting: int = 500
    retry_after: tuple[timedelta, ...] = RETRY_AFTER
    _slots: asyncio.Semaphore = field(init=False)
    _room_left: asyncio.Semaphore = field(init=False)

    async def run(self) -> None:
        self._slots, self._room_left = asyncio.Semaphore(self.concurrency), asyncio.Semaphore(self.max_waiting)
        async with asyncio.TaskGroup() as group:
            while True:
                for place, envelope in await self.feed.poll():
                    await self._room_left.acquire()
                    group.create_task(self._work(place, envelope))

    async def _work(self, place: Place, envelope: Envelope) -> None:
        event = envelope.data
        if isinstance(event, MessageReceived):
            for index in wanting(event):
                await self._one(envelope.tenant, event, index)
        self.feed.done(place)
        self._room_left.release()

    async def _one(self, tenant: str, event: MessageReceived, index: int) -> None:
        attachment = event.content.attachments[index]
        for wait in (*self.retry_after, None):
            found = await self._attempt(tenant, event, index)
            if not isinstance(found, NotFetched):
                metrics.MEDIA.labels(event.channel, "fetched").inc()
                await self._tell(tenant, told(event, index, found, self.room.clock))
                return
            if found.final or wait is None:
                metrics.MEDIA.labels(event.channel, "failed").inc()
                failed = attachment.model_copy(update={"failure": found.reason})
                await self._tell(tenant, told(event, index, failed, self.room.clock))
                return
            metrics.MEDIA.labels(event.channel, "retry").inc()
            await asyncio.sleep(wait.total_seconds())

    async def _attempt(self, tenant: str, event: MessageReceived, index: int) -> Attachment | NotFetched:
        async with self._slots:
            try:
                return await fetch_attachment(tenant, event, event.content.attachments[index], self.room)
            except Failure as failure:
                return NotFetched(failure.sentence, final=False)

    async def _tell(self, tenant: str, draft: Draft) -> None:
        """Until the broker has it: the offset waits for it."""
        while True:
            try:
                await self.publish(tenant, [draft])
                return
            except Failure as failure:
                _log.warning("a fetched file waits for the broker", extra={"code": failure.code})
                await asyncio.sleep(1.0)


def has_files(record: bytes) -> bool:
    """Of a record's bytes, before it is decoded: most messages bring none."""
    return b'"attachments":[{' in record
