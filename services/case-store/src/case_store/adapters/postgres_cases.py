import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from case_store.adapters import rows
from case_store.domain.case import Case
from case_store.domain.routing_view import RoutingView, SlaClock
from case_store.handlers.ports import Asked, Entry
from runtime.unit_of_work import UnitOfWork

CLOCKS: Final = TypeAdapter(dict[str, SlaClock])

_CURRENT: Final = f"""
SELECT {rows.CASE}, EXISTS (SELECT 1 FROM message WHERE tenant_id = $1 AND event_id = $3) AS filed
FROM (VALUES (1)) AS one (one)
LEFT JOIN LATERAL (
    SELECT * FROM customer_case WHERE tenant_id = $1 AND customer_id = $2 AND status IN ('open', 'resolved')
    ORDER BY (status = 'open') DESC, resolved_at DESC LIMIT 1
    FOR NO KEY UPDATE) AS c ON true
"""  # noqa: S608  # constants of this module
_ANSWERED: Final = f"""
SELECT {rows.CASE} FROM customer_case c
WHERE c.tenant_id = $1 AND c.customer_id = $2 AND c.status = 'resolved' AND c.id IN (
    SELECT m.case_id FROM provider_message p JOIN message m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
    WHERE p.tenant_id = $1 AND p.account = $3 AND p.provider_message_id = ANY($4::text[])
    UNION ALL SELECT COALESCE(n.merged_into, n.id) FROM customer_case n WHERE n.tenant_id = $1 AND n.id = ANY($5::uuid[]))
ORDER BY c.resolved_at DESC LIMIT 1 FOR NO KEY UPDATE OF c
"""  # noqa: S608
_LOCK: Final = f"SELECT {rows.CASE} FROM customer_case c WHERE (tenant_id, id) = ($1, $2) FOR NO KEY UPDATE"  # noqa: S608
_LOCK_ASKED: Final = f"""
SELECT {rows.CASE}, (
    SELECT traceparent FROM message m WHERE m.tenant_id = $1 AND m.case_id = $2 AND m.direction = 'in' ORDER BY seq DESC LIMIT 1) AS trace
FROM customer_case c WHERE (tenant_id, id) = ($1, $2) FOR NO KEY UPDATE
"""  # noqa: S608
_OPEN_OF: Final = f"""
SELECT {rows.CASE} FROM customer_case c WHERE tenant_id = $1 AND customer_id = ANY($2::uuid[]) AND status = 'open'
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608
_LAST_AGENT: Final = """
SELECT last_agent_id FROM customer_case WHERE tenant_id = $1 AND customer_id = $2 AND last_agent_id IS NOT NULL
ORDER BY routed_at DESC, id DESC LIMIT 1
"""
_OPEN: Final = """
WITH opened AS (
    INSERT INTO customer_case (tenant_id, id, customer_id, status, opened_at, work_requested, last_entry)
    VALUES ($1, $2, $3, $4, $5, $6, 1))
INSERT INTO timeline_entry (tenant_id, case_id, position, event_id, type, data, at) VALUES ($1, $2, 1, $7, $8, $9::text::jsonb, $10)
"""
CHANGE: Final = """
UPDATE customer_case SET customer_id = $3, status = $4, resolved_at = $5, work_requested = $6, merged_into = $7, subject = $8,
    tags = $9, fields = $10::text::jsonb, priority = $11, pauses = $12::text::jsonb, answered_at = $13, reopened = $14,
    resolution = $15, revision = revision + 1
WHERE (tenant_id, id) = ($1, $2)
"""
_NEXT_COMMAND: Final = (
    "UPDATE customer_case SET last_command = last_command + 1 WHERE (tenant_id, id) = ($1, $2) RETURNING last_command"
)
_CONCERNS: Final = """
SELECT EXISTS (
    SELECT 1 FROM conversation t JOIN message m ON m.tenant_id = t.tenant_id AND m.conversation_id = t.id
    WHERE t.tenant_id = $1 AND t.contact_point_id = $3 AND m.case_id = $2)
"""
_ROUTING: Final = """
SELECT work_state, queue, work_priority, agent_id, last_agent_id, offered_to, routed_at, sla::text AS sla
FROM customer_case WHERE (tenant_id, id) = ($1, $2) FOR NO KEY UPDATE
"""
_SET_ROUTING: Final = """
WITH fresh AS (
    SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM timeline_entry t WHERE (t.tenant_id, t.event_id, t.case_id) = ($1, $10, $2))),
counted AS (
    UPDATE customer_case SET work_state = $3, queue = $4, agent_id = $5, last_agent_id = $6, offered_to = $7, routed_at = $8,
        sla = $9::text::jsonb, work_priority = $14, revision = revision + 1, last_entry = last_entry + (SELECT count(*) FROM fresh)
    WHERE (tenant_id, id) = ($1, $2) RETURNING last_entry)
INSERT INTO timeline_entry (tenant_id, case_id, position, event_id, type, data, at)
SELECT $1, $2, counted.last_entry, $10, $11, $12::text::jsonb, $13 FROM counted, fresh
"""
# The caller holds the case's row lock, so what is filed already can't change between the two halves.
_FILE: Final = """
WITH fresh AS (
    SELECT new.*, row_number() OVER (ORDER BY ordinality) AS step
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY AS new (event_id, type, data, at, ordinality)
    WHERE NOT EXISTS (SELECT 1 FROM timeline_entry t WHERE (t.tenant_id, t.event_id, t.case_id) = ($1, new.event_id, $2))),
counted AS (
    UPDATE customer_case SET last_entry = last_entry + (SELECT count(*) FROM fresh)
    WHERE (tenant_id, id) = ($1, $2) RETURNING last_entry - (SELECT count(*) FROM fresh) AS before)
INSERT INTO timeline_entry (tenant_id, case_id, position, event_id, type, data, at)
SELECT $1, $2, counted.before + fresh.step, fresh.event_id, fresh.type, fresh.data::jsonb, fresh.at FROM fresh, counted
"""


class PostgresCases:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._connection = work.connection

    async def current(self, customer_id: UUID, event_id: UUID) -> tuple[Case | None, bool]:
        row = await self._connection.fetchrow(_CURRENT, self._work.tenant, customer_id, event_id)
        return (rows.case(row) if row["id"] else None), row["filed"]

    async def answered(
        self, customer_id: UUID, account: str, references: Sequence[str], case_ids: Sequence[UUID]
    ) -> Case | None:
        arguments = customer_id, account, list(references), list(case_ids)
        row = await self._connection.fetchrow(_ANSWERED, self._work.tenant, *arguments)
        return rows.case(row) if row else None

    async def customer_of(self, case_id: UUID) -> UUID | None:
        sql = "SELECT customer_id FROM customer_case WHERE (tenant_id, id) = ($1, $2)"
        owner: UUID | None = await self._connection.fetchval(sql, self._work.tenant, case_id)
        return owner

    async def lock(self, case_id: UUID) -> Case | None:
        row = await self._connection.fetchrow(_LOCK, self._work.tenant, case_id)
        return rows.case(row) if row else None

    async def lock_asked(self, case_id: UUID) -> Asked | None:
        row = await self._connection.fetchrow(_LOCK_ASKED, self._work.tenant, case_id)
        return Asked(rows.case(row), row["trace"]) if row else None

    async def last_agent_of(self, customer_id: UUID) -> str | None:
        agent_id: str | None = await self._connection.fetchval(_LAST_AGENT, self._work.tenant, customer_id)
        return agent_id

    async def open_cases_of(self, *customer_ids: UUID) -> dict[UUID, Case]:
        found = await self._connection.fetch(_OPEN_OF, self._work.tenant, list(customer_ids))
        return {row["customer_id"]: rows.case(row) for row in found}

    async def open(self, case: Case, entry: Entry) -> None:
        await self._connection.execute(
            _OPEN,
            self._work.tenant,
            case.id,
            case.customer_id,
            case.status.value,
            case.opened_at,
            case.work_requested,
            entry.event_id,
            entry.type,
            entry.data,
            entry.at,
        )

    async def change(self, case: Case) -> None:
        await self._connection.execute(CHANGE, self._work.tenant, *change_row(case))

    async def next_command(self, case_id: UUID) -> int:
        number: int = await self._connection.fetchval(_NEXT_COMMAND, self._work.tenant, case_id)
        return number

    async def move_resolved(self, customer_id: UUID, to: UUID) -> None:
        await self._connection.execute(
            "UPDATE customer_case SET customer_id = $3, revision = revision + 1"
            " WHERE tenant_id = $1 AND customer_id = $2 AND status <> 'open'",
            self._work.tenant,
            customer_id,
            to,
        )

    async def concerns(self, case_id: UUID, contact_point_id: UUID) -> bool:
        return bool(await self._connection.fetchval(_CONCERNS, self._work.tenant, case_id, contact_point_id))

    async def lock_routing(self, case_id: UUID) -> RoutingView | None:
        row = await self._connection.fetchrow(_ROUTING, self._work.tenant, case_id)
        return routing_view(row) if row else None

    async def set_routing(self, case_id: UUID, view: RoutingView, entry: Entry) -> None:
        await self._connection.execute(
            _SET_ROUTING,
            self._work.tenant,
            case_id,
            view.work_state,
            view.queue,
            view.agent_id,
            view.last_agent_id,
            view.offered_to,
            view.routed_at,
            CLOCKS.dump_json(dict(view.sla)).decode(),
            entry.event_id,
            entry.type,
            entry.data,
            entry.at,
            view.work_priority,
        )

    async def is_filed(self, case_id: UUID, event_id: UUID) -> bool:
        sql = "SELECT EXISTS (SELECT 1 FROM timeline_entry WHERE (tenant_id, event_id, case_id) = ($1, $2, $3))"
        return bool(await self._connection.fetchval(sql, self._work.tenant, event_id, case_id))

    async def file(self, case_id: UUID, *entries: Entry) -> None:
        await self._connection.execute(_FILE, self._work.tenant, case_id, *_columns(entries))


def change_row(case: Case) -> tuple[object, ...]:
    """What CHANGE takes behind the tenant."""
    return (
        case.id,
        case.customer_id,
        case.status.value,
        case.resolved_at,
        case.work_requested,
        case.merged_into,
        case.subject,
        list(case.tags),
        json.dumps(dict(case.fields)),
        case.priority,
        rows.PAUSES.dump_json(dict(case.pauses)).decode(),
        case.answered_at,
        case.reopened,
        case.resolution,
    )


def routing_view(row: rows.Row) -> RoutingView:
    stated = {name: row[name] for name in RoutingView.__slots__}
    return RoutingView(**stated | {"sla": CLOCKS.validate_json(row["sla"])})


def _columns(entries: Sequence[Entry]) -> tuple[list[object], ...]:
    return (
        [entry.event_id for entry in entries],
        [entry.type for entry in entries],
        [entry.data for entry in entries],
        [entry.at for entry in entries],
    )
