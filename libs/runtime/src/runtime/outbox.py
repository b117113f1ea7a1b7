"""Rows of the transaction that caused them, which leave after its commit: one record each, or many of one transaction packed.

A *lane* is one writer's queue of such rows: a consumer's partition, or one API process. See `outbox_lane.py`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from contracts.base import value
from contracts.envelope import Envelope
from contracts.topics import Topic
from runtime import packing
from runtime.batches import RawRecord
from runtime.postgres import SYSTEM_TENANT
from runtime.producer import Record, raw

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


async def left_in(pool: asyncpg.Pool, lane: str) -> list[Written]:
    """In the order of their ids."""
    return list(map(written_of, await pool.fetch(_UNPUBLISHED + "WHERE lane = $1 ORDER BY id", lane)))
