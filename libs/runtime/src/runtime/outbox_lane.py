"""A lane's owner publishes its rows from memory right after commit, in order.

Those that the broker has acknowledged are deleted together a second later. What an earlier owner left is published first, in id order. A
crash between ack and delete publishes twice; readers drop the second by event id.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

import asyncpg

from runtime import metrics
from runtime.errors import Failure
from runtime.outbox import Written, left_in
from runtime.postgres import Database, is_down
from runtime.producer import EventProducer

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 1000
_DELETED_AFTER_SECONDS: Final = 1.0
_LAST_DELETE_SECONDS: Final = 2.0
_CLIENT_ERRORS: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError)  # of connections that broke in the middle


class Published:
    """Rows that the broker has. Lanes that share it delete together, as each deletion is a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: list[int] = []
        self._due_at = 0.0

    def add(self, ids: Iterable[int]) -> None:
        if not self._ids:
            self._due_at = time.monotonic() + _DELETED_AFTER_SECONDS
        self._ids += ids

    @property
    def ids(self) -> set[int]:
        return set(self._ids)

    def due_in(self) -> float | None:
        """Seconds; None: there is nothing to delete."""
        return max(0.0, self._due_at - time.monotonic()) if self._ids else None

    async def delete(self) -> None:
        ids, self._ids = self._ids, []
        try:
            await self._database.system.execute("DELETE FROM outbox WHERE id = ANY($1)", ids)
        except BaseException:
            self.add(ids)
            raise


class OutboxLane:
    """Publishes the committed rows of one lane in order. `run` until cancelled; `put` never blocks."""

    def __init__(
        self, name: str, database: Database, producer: EventProducer, published: Published | None = None
    ) -> None:
        self.name = name
        self._database = database
        self._producer = producer
        self._published = published or Published(database)
        self._waiting: deque[Written] = deque()
        self._depth = 0
        self._in_doubt = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def depth(self) -> int:
        """Records, not rows."""
        return self._depth

    def put(self, rows: Sequence[Written]) -> None:
        if rows:
            self._waiting.extend(rows)
            self._count(sum(len(row.records) for row in rows))
            self._idle.clear()
            self._wake.set()

    def doubt(self) -> None:
        """A commit's answer was lost. What it wrote is looked for in the store before anything else is published."""
        self._in_doubt = True
        self._idle.clear()
        self._wake.set()

    async def flushed(self) -> None:
        """Returns when everything put so far has been acknowledged."""
        await self._idle.wait()

    async def recover(self) -> int:
        """Takes over what an earlier owner left. Call before the first `put`."""
        self.put(await left_in(self._database.system, self.name))
        return self._depth

    async def _look_up(self) -> None:
        """A row that is committed while we look may be found twice; readers know the ids."""
        self._in_doubt = False
        try:
            stored = await left_in(self._database.system, self.name)
        except BaseException:
            self._in_doubt = True
            raise
        known = {row.id for row in self._waiting} | self._published.ids
        self.put([row for row in stored if row.id not in known])
        self._waiting = deque(sorted(self._waiting, key=lambda row: row.id))

    def _count(self, more: int) -> None:
        self._depth += more
        metrics.OUTBOX_DEPTH.labels(self.name).set(self._depth)

    async def run(self) -> None:
        backoff = 0.1
        try:
            while True:
                await self._awake()
                try:
                    await self._publish_waiting()
                    if self._published.due_in() == 0:
                        await self._published.delete()
                    backoff = 0.1
                except (Failure, OSError, asyncpg.PostgresError, *_CLIENT_ERRORS) as error:
                    if not isinstance(error, Failure) and not is_down(error):
                        raise
                    _log.warning("outbox waits", extra={"code": type(error).__name__, "count": self._depth})
                    await asyncio.sleep(backoff)
                    backoff = min(backoff * 2, 5.0)
        finally:
            await self._delete_last()

    async def _awake(self) -> None:
        """Something waits to be published, or acknowledged rows have lain long enough."""
        due_in = self._published.due_in()
        if due_in is None:
            await self._wake.wait()
            return
        timer = asyncio.get_running_loop().call_later(due_in, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    async def _publish_waiting(self) -> None:
        while self._waiting or self._in_doubt:
            if self._in_doubt:
                await self._look_up()
            batch = self._next_rows()
            records = [record for row in batch for record in row.records]
            await self._producer.publish_raw(records, timeout=30.0)
            self._published.add(row.id for row in batch)
            for _ in batch:
                self._waiting.popleft()
            self._count(-len(records))
        self._wake.clear()
        self._idle.set()

    async def _delete_last(self) -> None:
        """At the end, so that the next owner has nothing to repeat; if the store is away, it repeats."""
        if self._published.due_in() is not None:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, *_CLIENT_ERRORS):
                async with asyncio.timeout(_LAST_DELETE_SECONDS):
                    await self._published.delete()

    def _next_rows(self) -> list[Written]:
        rows, records = [], 0
        for row in self._waiting:
            rows.append(row)
            records += len(row.records)
            if records >= _AT_ONCE:
                break
        return rows
