"""The groups' rows inside one transaction of their owner: loaded at the start, due timers read, each batch written in bulk."""

from collections.abc import Iterable
from typing import Final

import asyncpg
from pydantic_core import from_json

from router.adapters.early_commands import EARLY, early_from_row
from router.adapters.postgres_writes import write_all
from router.adapters.rows import AGENT, WORK, agent_from_row, parts_from, work_from_row
from router.domain.model import MetricName, TimerKind, WorkItem
from router.domain.records import clocks_from_record
from router.domain.state import REMEMBERED_CLOSED, State
from router.handlers.instants import instant, millis
from router.handlers.ports import EVER, DueTimer, GroupRow, StoredGroup, Writes
from runtime.unit_of_work import UnitOfWork

_GROUP: Final = (
    "SELECT tenant_id, revision, parts::text AS parts, agents, shares::text AS shares, answered_waits::text AS waits"
    " FROM routing_group WHERE "
)
_DUE: Final = """
SELECT tenant_id, case_id::text, metric, kind, version, floor(extract(epoch FROM due_at) * 1000)::bigint, row, traceparent
FROM unnest($1::text[]) AS tenant, LATERAL (
    SELECT *, ctid::text AS row FROM sla_timer WHERE tenant_id = tenant AND due_at <= $2 ORDER BY due_at LIMIT $3
) AS oldest
ORDER BY oldest.due_at, tenant_id, oldest.case_id, metric, kind LIMIT $3
"""
_NEXT_DUE: Final = """
SELECT min(due_at) FROM unnest($1::text[]) AS tenant, LATERAL (
    SELECT due_at FROM sla_timer WHERE tenant_id = tenant AND due_at > $2 ORDER BY due_at LIMIT 1
) AS first
"""
_METRICS: Final = {str(metric): metric for metric in MetricName}
_KINDS: Final = {str(kind): kind for kind in TimerKind}
_OPEN: Final = WORK + " AND is_open"
_LOADED_AT_ONCE: Final = 500
_CLOSED: Final = """
SELECT case_id, closed_at, (record->>'answered_at')::bigint AS answered_at, clocks::text AS clocks,
    COALESCE((record->>'sequence')::bigint, 0) AS sequence FROM (
    SELECT case_id, closed_at, record, clocks FROM work_item WHERE tenant_id = $1 AND NOT is_open ORDER BY closed_at DESC LIMIT $2
) AS latest ORDER BY closed_at, case_id
"""


class PostgresStore:
    """Timers are asked for tenant by tenant, so that a million that wait cost nothing: each question reads the head of an index."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    @property
    def _connection(self) -> asyncpg.Connection:
        return self._work.connection

    async def groups(self, partition: int) -> list[StoredGroup]:
        rows = await self._connection.fetch(_GROUP + "partition = $1 ORDER BY tenant_id", partition)
        return [await self._load(row) for row in rows]

    async def group(self, tenant: str) -> StoredGroup | None:
        row = await self._connection.fetchrow(_GROUP + "tenant_id = $1 AND name = $1", tenant)
        return None if row is None else await self._load(row)

    async def due_timers(self, tenants: Iterable[str], now: int, limit: int) -> list[DueTimer]:
        rows = await self._connection.fetch(_DUE, list(tenants), instant(now), limit)
        return [
            DueTimer(tenant, case_id, _METRICS[metric], _KINDS[kind], version, due_at, row, traceparent)
            for tenant, case_id, metric, kind, version, due_at, row, traceparent in rows
        ]

    async def next_due(self, tenants: Iterable[str], after: int = EVER) -> int | None:
        due = await self._connection.fetchval(_NEXT_DUE, list(tenants), instant(after))
        return None if due is None else millis(due)

    async def write(self, writes: Writes) -> None:
        await write_all(self._connection, self._work.tenant, self._work.now, writes)
        await self._work.write_emitted()

    async def _load(self, row: asyncpg.Record) -> StoredGroup:
        tenant = row["tenant_id"]
        agents = await self._connection.fetch(AGENT, tenant)
        work, traces = await self._open_work(tenant)
        state = State.of(
            work,
            map(agent_from_row, agents),
            from_json(row["shares"]),
            from_json(row["waits"]),
            [early_from_row(early) for early in await self._connection.fetch(EARLY, tenant)],
        )
        for closed in await self._connection.fetch(_CLOSED, tenant, REMEMBERED_CLOSED):
            clocks = clocks_from_record(from_json(closed["clocks"]))
            closed_at = millis(closed["closed_at"])
            past = closed["answered_at"], clocks, closed["sequence"]
            state.remember_closed(str(closed["case_id"]), closed_at, *past)
        known = GroupRow(tenant, row["revision"], parts_from(row["parts"]), frozenset(row["agents"]))
        return StoredGroup(known, state, traces)

    async def _open_work(self, tenant: str) -> tuple[list[WorkItem], dict[str, str]]:
        """A part at a time: the broker must hear of this process while it loads for seconds."""
        work: list[WorkItem] = []
        traces: dict[str, str] = {}
        rows = await self._connection.cursor(_OPEN, tenant)
        while part := await rows.fetch(_LOADED_AT_ONCE):
            for row in part:
                item = work_from_row(row)
                work.append(item)
                if row["traceparent"] is not None:
                    traces[item.case_id] = row["traceparent"]
        return work, traces
