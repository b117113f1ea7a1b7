"""Effects leave as rows of the transaction that caused them.

A *lane* is one writer's queue of such rows: a consumer's partition, or one API process. Its owner publishes rows from memory right
after commit, in order, and deletes them on the broker's ack. What an earlier owner left is published first, in id order. A crash
between ack and delete publishes twice; readers drop the second by event id.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from contracts.envelope import Envelope
from contracts.topics import Topic
from runtime import metrics
from runtime.errors import Failure
from runtime.postgres import Database, is_down
from runtime.producer import EventProducer, RawRecord, Record, raw

_log = logging.getLogger(__name__)
_INSERT: Final = """
INSERT INTO outbox (lane, tenant_id, topic, key, value, headers)
SELECT $1, tenant_id, topic, key, value, headers
FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
    WITH ORDINALITY AS new (tenant_id, topic, key, value, headers, place) ORDER BY place
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    tenant: str
    record: RawRecord


def row_of(topic: Topic, key: str, envelope: Envelope) -> OutboxRow:
    """Raises EventTooLarge."""
    return OutboxRow(envelope.tenant, raw(Record(topic, key.encode(), envelope)))


async def write(connection: asyncpg.Connection, lane: str, rows: Sequence[OutboxRow]) -> list[tuple[int, RawRecord]]:
    """Inserts the rows in order, inside the caller's transaction; returns them with their ids, which rise in that order."""
    records = [row.record for row in rows]
    inserted = await connection.fetch(
        _INSERT,
        lane,
        [row.tenant for row in rows],
        [record.topic for record in records],
        [record.key for record in records],
        [record.value for record in records],
        [_pack(record.headers) for record in records],
    )
    return [(found["id"], row.record) for found, row in zip(inserted, rows, strict=True)]


def _pack(headers: Sequence[tuple[str, bytes]]) -> bytes:
    return json.dumps([(name, value.decode("latin-1")) for name, value in headers]).encode()


def _unpack(headers: bytes) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(headers))


def record_of(row: asyncpg.Record) -> RawRecord:
    return RawRecord(row["topic"], row["key"], row["value"], _unpack(row["headers"]))


class OutboxLane:
    """Publishes the committed rows of one lane in order. `run` until cancelled; `put` never blocks."""

    def __init__(self, name: str, database: Database, producer: EventProducer) -> None:
        self.name = name
        self._database = database
        self._producer = producer
        self._waiting: deque[tuple[int, RawRecord]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def depth(self) -> int:
        return len(self._waiting)

    def put(self, rows: Sequence[tuple[int, RawRecord]]) -> None:
        if rows:
            self._waiting.extend(rows)
            metrics.OUTBOX_DEPTH.labels(self.name).set(len(self._waiting))
            self._idle.clear()
            self._wake.set()

    async def flushed(self) -> None:
        """Returns when everything put so far has been acknowledged."""
        await self._idle.wait()

    async def recover(self) -> int:
        """Takes over what an earlier owner left. Call before the first `put`."""
        left = await self._database.system.fetch(
            "SELECT id, topic, key, value, headers FROM outbox WHERE lane = $1 ORDER BY id", self.name
        )
        self.put(
            [(row["id"], RawRecord(row["topic"], row["key"], row["value"], _unpack(row["headers"]))) for row in left]
        )
        return len(left)

    async def run(self) -> None:
        backoff = 0.1
        while True:
            await self._wake.wait()
            try:
                await self._publish_waiting()
                backoff = 0.1
            except (Failure, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if not isinstance(error, Failure) and not is_down(error):
                    raise
                _log.warning("outbox waits", extra={"code": type(error).__name__, "count": len(self._waiting)})
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, 5.0)

    async def _publish_waiting(self) -> None:
        while self._waiting:
            batch = list(self._waiting)[:1000]
            await self._producer.publish_raw([record for _, record in batch], timeout=30.0)
            await self._database.system.execute("DELETE FROM outbox WHERE id = ANY($1)", [id for id, _ in batch])
            for _ in batch:
                self._waiting.popleft()
            metrics.OUTBOX_DEPTH.labels(self.name).set(len(self._waiting))
        self._wake.clear()
        self._idle.set()
