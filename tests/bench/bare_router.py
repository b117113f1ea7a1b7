"""The floor under an assignment from the backlog: its command read, its rows and records written, with nothing decided, checked or made.

What the last round of closings left is written once more: rows by the router's own statements into copies of its tables as they were
before, the very records of the log, a thousand commands a transaction, records on their way while the next thousand is written.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer
from router_house import TENANT, RouterHouse, Used

from contracts.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from madoguchi.house.names import owner_dsn
from router.adapters import decision_packs, postgres_writes
from router.adapters.columns import bulk
from runtime import kafka, outbox
from runtime.batches import RawRecord

EVENTS_EACH: Final = 3
_AT_ONCE: Final = 1_000
_SETTINGS: Final = {"search_path": "bare,router", "app.tenant": TENANT, "plan_cache_mode": "force_generic_plan"}
_COPIES: Final = ("work_item", "assignment", "agent", "decision_pack", "event_seen", "outbox")
_WORK: Final = "tenant_id, case_id, queue, queued_at, record, traceparent, clocks, attributes, facts, packs"
_MOVED: Final = """
SELECT case_id::text, state, queue, agent_id, queued_at::text, closed_at::text, record::text, clocks::text, traceparent, '1'
FROM router.work_item WHERE case_id = ANY($1) ORDER BY case_id
"""
_SEEN: Final = (
    "INSERT INTO event_seen (consumer, event_id, tenant_id) SELECT 'bare', id, $2 FROM unnest($1::uuid[]) AS id"
)
Row = Sequence[str | None]


@dataclass(frozen=True)
class Bare:
    assignments: int
    seconds: float
    cpu: dict[str, float]

    def told(self) -> dict[str, float]:
        parts = {f"bare_cpu_us_{part}": round(used / self.assignments * 1e6) for part, used in self.cpu.items()}
        return {"bare_assignments_per_s": round(self.assignments / self.seconds), **parts}


@dataclass(frozen=True)
class Left:
    """What the last round left; a list per table, as its statement takes it."""

    done: list[Row]
    assigned: list[Row]
    ended: list[Row]
    made: list[Row]
    agents: list[Row]
    packs: list[str]
    records: list[RawRecord]

    def part(self, first: int) -> Self:
        share = len(self.packs) / len(self.done)
        return type(self)(
            *(
                rows[first : first + _AT_ONCE]
                for rows in (self.done, self.assigned, self.ended, self.made, self.agents)
            ),
            self.packs[int(first * share) : int((first + _AT_ONCE) * share)],
            self.records[first * EVENTS_EACH : (first + _AT_ONCE) * EVENTS_EACH],
        )


async def run(house: RouterHouse) -> Bare:
    async with _connected(house) as connection:
        left = await _look(house, connection)
        await _copy(connection, left)
        parts = [left.part(first) for first in range(0, len(left.done), _AT_ONCE)]
        async with _reader(house, ROUTING_COMMANDS.name, len(left.done)) as consumer:
            return await _measured(house, connection, consumer, parts)


async def _measured(
    house: RouterHouse, connection: asyncpg.Connection, consumer: AIOKafkaConsumer, parts: Sequence[Left]
) -> Bare:
    used = Used.since_now(house)
    begun, own = time.monotonic(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for part in parts:
            await consumer.getmany(timeout_ms=1_000, max_records=_AT_ONCE)
            rows = await _write(connection, part)
            group.create_task(_publish(house, rows))
    seconds = time.monotonic() - begun
    cpu = {"bare": time.process_time() - own} | used.seconds()
    return Bare(sum(len(part.done) for part in parts), seconds, cpu)


@asynccontextmanager
async def _connected(house: RouterHouse) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(owner_dsn(house.addresses.postgres), server_settings=_SETTINGS)
    try:
        yield connection
    finally:
        await connection.execute("DROP SCHEMA bare CASCADE")
        await connection.close()


@asynccontextmanager
async def _reader(house: RouterHouse, topic: str, count: int) -> AsyncIterator[AIOKafkaConsumer]:
    """Of the last `count` records and more: the busiest partition has most of the commands."""
    consumer, ends = kafka.reader_client(house.kafka), await house.ends(topic)
    await consumer.start()
    try:
        consumer.assign([place for place, end in ends.items() if end])
        for place, end in ends.items():
            if end:
                consumer.seek(place, max(0, end - count))
        yield consumer
    finally:
        await consumer.stop()


async def _look(house: RouterHouse, connection: asyncpg.Connection) -> Left:
    made = await connection.fetch(
        """SELECT id::text, case_id::text, agent_id, queue, offer_id::text, started_at::text, ended_at::text, end_reason
           FROM router.assignment WHERE ended_at IS NULL ORDER BY case_id"""
    )
    ended = await connection.fetch(
        """SELECT id::text, case_id::text, ended_at::text, end_reason FROM router.assignment
           WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT $1""",
        len(made),
    )
    agents = await connection.fetch("SELECT id, idle_since::text, last_offered_at::text FROM router.agent ORDER BY id")
    packs = await connection.fetch(
        "SELECT decisions FROM router.decision_pack ORDER BY position DESC LIMIT $1", len(made) * EVENTS_EACH // 64
    )
    return Left(
        done=await _rows(connection, _MOVED, [UUID(row["case_id"]) for row in ended]),
        assigned=await _rows(connection, _MOVED, [UUID(row["case_id"]) for row in made]),
        ended=list(map(tuple, ended)),
        made=list(map(tuple, made)),
        agents=[tuple(agents[number % len(agents)]) for number in range(len(made))],
        packs=[row["decisions"] for row in packs],
        records=await _told(house, len(made) * EVENTS_EACH),
    )


async def _rows(connection: asyncpg.Connection, sql: str, case_ids: list[UUID]) -> list[Row]:
    return list(map(tuple, await connection.fetch(sql, case_ids)))


async def _told(house: RouterHouse, count: int) -> list[RawRecord]:
    """The log's latest events."""
    found: list[RawRecord] = []
    async with _reader(house, ROUTING_EVENTS.name, count) as consumer:
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                found += [RawRecord(one.topic, one.key, one.value, one.headers) for one in records]
    return found[:count]


async def _copy(connection: asyncpg.Connection, left: Left) -> None:
    """As it was before: what is done was assigned, what is assigned waited."""
    await connection.execute("CREATE SCHEMA bare")
    for name in _COPIES:
        await connection.execute(f"CREATE TABLE bare.{name} (LIKE router.{name} INCLUDING ALL)")
    done, assigned = ([UUID(row[0] or "") for row in rows] for rows in (left.done, left.assigned))
    await connection.execute(
        f"""INSERT INTO bare.work_item (state, agent_id, {_WORK})
            SELECT CASE WHEN case_id = ANY($1) THEN 'assigned' ELSE 'queued' END, agent_id, {_WORK} FROM router.work_item
            WHERE is_open OR case_id = ANY($1)""",
        done,
    )
    await connection.execute("UPDATE bare.work_item SET agent_id = NULL WHERE case_id = ANY($1)", assigned)
    columns = "tenant_id, id, case_id, agent_id, queue, offer_id, started_at"
    ended = [UUID(row[0] or "") for row in left.ended]
    sql = f"INSERT INTO bare.assignment ({columns}) SELECT {columns} FROM router.assignment WHERE id = ANY($1)"
    await connection.execute(sql, ended)
    await connection.execute("INSERT INTO bare.agent SELECT * FROM router.agent")
    await connection.execute("VACUUM ANALYZE bare.work_item, bare.assignment, bare.agent")


async def _write(connection: asyncpg.Connection, part: Left) -> list[outbox.Written]:
    async with connection.transaction():
        await connection.execute(_SEEN, [uuid4() for _ in part.done], TENANT)
        found = await connection.fetch(decision_packs.PACK, TENANT, [64] * len(part.packs), part.packs)
        positions = [row["position"] for row in found]
        sql, arguments = bulk(postgres_writes.WORK_MOVED, TENANT, [*part.done, *part.assigned])
        await connection.execute(sql, *arguments, positions)
        for sql, table in (
            (postgres_writes.AGENTS_MOVED, part.agents),
            (postgres_writes.ASSIGNMENTS_ENDED, part.ended),
            (postgres_writes.ASSIGNMENTS, part.made),
        ):
            sql, arguments = bulk(sql, TENANT, table)
            await connection.execute(sql, *arguments)
        return await outbox.write(connection, [outbox.OutboxRow("bare", TENANT, record) for record in part.records])


async def _publish(house: RouterHouse, rows: Sequence[outbox.Written]) -> None:
    await house.producer.publish_raw([record for row in rows for record in row.records], 60)
    await house.pool.execute("DELETE FROM bare.outbox WHERE id = ANY($1)", [row.id for row in rows])
