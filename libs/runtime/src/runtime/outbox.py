"""Effects leave as rows of the transaction that caused them.

A *lane* is one writer's queue of such rows: a consumer's partition, or one API process. Its owner publishes rows from memory right
after commit, in order; those that the broker has acknowledged are deleted together a second later. What an earlier owner left is
published first, in id order. A crash between ack and delete publishes twice; readers drop the second by event id.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from contracts.base import value
from contracts.envelope import Envelope
from contracts.topics import Topic
from runtime import metrics, packing
from runtime.batches import RawRecord
from runtime.errors import Failure
from runtime.postgres import SYSTEM_TENANT, Database, is_down
from runtime.producer import EventProducer, Record, raw

_log = logging.getLogger(__name__)
_INSERT: Final = """
INSERT INTO outbox (lane, tenant_id, topic, key, value, headers)
SELECT lane, tenant_id, topic, key, value, headers
FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
    WITH ORDINALITY AS new (lane, tenant_id, topic, key, value, headers, place) ORDER BY place
RETURNING id
"""
_PACK: Final = """
INSERT INTO outbox (lane, tenant_id, packed)
SELECT lane, $1, packed FROM unnest($2::text[], $3::bytea[]) WITH ORDINALITY AS new (lane, packed, place) ORDER BY place
RETURNING id
"""
_UNPUBLISHED: Final = "SELECT id, lane, topic, key, value, headers, packed FROM outbox "
_PACK_FROM: Final = 32
_PACK_RECORDS: Final = 500
_AT_ONCE: Final = 1000
_DELETED_AFTER_SECONDS: Final = 1.0
_LAST_DELETE_SECONDS: Final = 2.0
_CLIENT_ERRORS: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError)  # of connections that broke in the middle


@value
class OutboxRow:
    lane: str
    tenant: str
    record: RawRecord


@dataclass(frozen=True, slots=True)
class Written:
    """A row of the table and what it holds: one record, or many of one transaction."""

    id: int
    lane: str
    records: tuple[RawRecord, ...]


def row_of(lane: str, topic: Topic, key: str, envelope: Envelope) -> OutboxRow:
    """Raises EventTooLarge."""
    return OutboxRow(lane, envelope.tenant, raw(Record(topic, key.encode(), envelope)))


async def write(connection: asyncpg.Connection, rows: Sequence[OutboxRow]) -> list[Written]:
    """Inserts the rows in order, inside the caller's transaction; returns them with their ids, which rise in each lane's order.

    A busy transaction's events share rows, so that the database inserts and deletes a few big ones and not hundreds.
    """
    if len(rows) >= _PACK_FROM:
        return await _write_packed(connection, rows)
    records = [row.record for row in rows]
    inserted = await connection.fetch(
        _INSERT,
        [row.lane for row in rows],
        [row.tenant for row in rows],
        [record.topic for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [_pack(record.headers) for record in records],
    )
    return [Written(found["id"], row.lane, (row.record,)) for found, row in zip(inserted, rows, strict=True)]


async def _write_packed(connection: asyncpg.Connection, rows: Sequence[OutboxRow]) -> list[Written]:
    tenants = {row.tenant for row in rows}
    owner = tenants.pop() if len(tenants) == 1 else SYSTEM_TENANT
    packs = list(_packs(rows))
    found = await connection.fetch(
        _PACK, owner, [lane for lane, _ in packs], [packing.pack(records) for _, records in packs]
    )
    return [Written(row["id"], lane, records) for row, (lane, records) in zip(found, packs, strict=True)]


def _packs(rows: Sequence[OutboxRow]) -> Iterator[tuple[str, tuple[RawRecord, ...]]]:
    lanes: dict[str, list[RawRecord]] = {}
    for row in rows:
        lanes.setdefault(row.lane, []).append(row.record)
    for lane, records in lanes.items():
        for first in range(0, len(records), _PACK_RECORDS):
            yield lane, tuple(records[first : first + _PACK_RECORDS])


def _pack(headers: Sequence[tuple[str, bytes]]) -> bytes:
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers]).encode()


def _unpack(headers: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(headers))


def written_of(row: asyncpg.Record) -> Written:
    if row["packed"] is not None:
        return Written(row["id"], row["lane"], packing.unpack(row["packed"]))
    return Written(
        row["id"], row["lane"], (RawRecord(row["topic"], row["key"], row["value"], _unpack(row["headers"])),)
    )


async def oldest_of(connection: asyncpg.Connection, older_than_seconds: float, limit: int) -> list[Written]:
    """Rows that nobody published for so long, locked."""
    where = "WHERE written_at < now() - make_interval(secs => $1) ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED"
    return list(map(written_of, await connection.fetch(_UNPUBLISHED + where, older_than_seconds, limit)))


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

    async def flushed(self) -> None:
        """Returns when everything put so far has been acknowledged."""
        await self._idle.wait()

    async def recover(self) -> int:
        """Takes over what an earlier owner left. Call before the first `put`."""
        left = await self._database.system.fetch(_UNPUBLISHED + "WHERE lane = $1 ORDER BY id", self.name)
        self.put(list(map(written_of, left)))
        return self._depth

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
        while self._waiting:
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
