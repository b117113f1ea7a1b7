from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from case_store.adapters.figures import HANDLING_CHANGES
from case_store.domain.handling import Handling, HandlingState, Why
from contracts.handling import Handover
from runtime.errors import DependencyDown
from runtime.unit_of_work import UnitOfWork

_COLUMNS: Final = (
    "case_id, bot_id, state, version, since, reason, agent_id, asked_at, unanswered_since, answered_at, answer_id, lease_until,"
    " idle_at, failures, had_people, disclosed, handover"
)
_READ: Final = f"""
SELECT {_COLUMNS.replace("handover", "handover::text AS handover")}
FROM case_handling WHERE tenant_id = $1 AND case_id = ANY($2::uuid[])
"""  # noqa: S608  # constants of this module
# The case's row is locked, so that nobody else writes here; should somebody forget to, an older version still never wins.
_WRITE: Final = f"""
INSERT INTO case_handling AS held (tenant_id, {_COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18::text::jsonb)
ON CONFLICT (tenant_id, case_id) DO UPDATE SET ({_COLUMNS}) = ROW (
    EXCLUDED.case_id, EXCLUDED.bot_id, EXCLUDED.state, EXCLUDED.version, EXCLUDED.since, EXCLUDED.reason, EXCLUDED.agent_id,
    EXCLUDED.asked_at, EXCLUDED.unanswered_since, EXCLUDED.answered_at, EXCLUDED.answer_id, EXCLUDED.lease_until,
    EXCLUDED.idle_at, EXCLUDED.failures, EXCLUDED.had_people, EXCLUDED.disclosed, EXCLUDED.handover)
WHERE held.version = $19 RETURNING true
"""  # noqa: S608


_DUE: Final = "SELECT tenant_id, case_id FROM case_handling WHERE due_at <= now() ORDER BY due_at LIMIT $1"


class Change(NamedTuple):
    """`seen` is the version that it was made of; 0: there was none."""

    handling: Handling
    seen: int


class PostgresHandlings:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def of(self, case_id: UUID) -> Handling | None:
        return (await self._read([case_id])).get(case_id)

    async def save(self, handling: Handling, before: Handling | None) -> None:
        self._count(handling, before)
        await self._write(Change(handling, before.version if before is not None else 0))

    async def _read(self, case_ids: list[UUID]) -> dict[UUID, Handling]:
        found = await self._work.connection.fetch(_READ, self._work.tenant, case_ids)
        return {row["case_id"]: handling_of(row) for row in found}

    async def _write(self, change: Change) -> None:
        arguments = (self._work.tenant, *_row(change.handling), change.seen)
        if not await self._work.connection.fetchval(_WRITE, *arguments):
            raise DependencyDown("the case passed to somebody else meanwhile; try again")

    def _count(self, handling: Handling, before: Handling | None) -> None:
        """Changes of hands that were committed."""
        if before is None or handling.since != before.since:
            metric = HANDLING_CHANGES.labels(handling.state.value, handling.reason.value)
            self._work.after_commit(metric.inc)


def handling_of(row: Mapping[str, Any]) -> Handling:
    stated = {name: row[name] for name in Handling.__slots__}
    return Handling(
        **stated
        | {
            "state": HandlingState(row["state"]),
            "reason": Why(row["reason"]),
            "disclosed": tuple(row["disclosed"]),
            "handover": Handover.model_validate_json(row["handover"]) if row["handover"] else None,
        }
    )


def _row(held: Handling) -> tuple[object, ...]:
    return (
        held.case_id,
        held.bot_id,
        held.state.value,
        held.version,
        held.since,
        held.reason.value,
        held.agent_id,
        held.asked_at,
        held.unanswered_since,
        held.answered_at,
        held.answer_id,
        held.lease_until,
        held.idle_at,
        held.failures,
        held.had_people,
        list(held.disclosed),
        held.handover.model_dump_json(exclude_none=True) if held.handover else None,
    )


async def due_handlings(connection: asyncpg.Connection, limit: int) -> list[tuple[str, UUID]]:
    """Tenant and case, over all tenants."""
    found = await connection.fetch(_DUE, limit)
    return [(row["tenant_id"], row["case_id"]) for row in found]
