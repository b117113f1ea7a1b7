import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from case_store.adapters.batch_shelf import columns
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
SELECT {_COLUMNS.replace("disclosed, handover", "disclosed::text AS disclosed, handover::text AS handover")}
FROM case_handling WHERE tenant_id = $1 AND case_id = ANY($2::uuid[])
"""  # noqa: S608  # constants of this module
# The cases' rows are locked, so that nobody else writes here; should somebody forget to, an older version still never wins.
_WRITE: Final = f"""
INSERT INTO case_handling AS held (tenant_id, {_COLUMNS})
SELECT $1, case_id, bot_id, state, version, since, reason, agent_id, asked_at, unanswered_since, answered_at, answer_id, lease_until,
       idle_at, failures, had_people, disclosed::jsonb, handover::jsonb
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[], $8::text[], $9::timestamptz[],
            $10::timestamptz[], $11::timestamptz[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], $15::integer[],
            $16::boolean[], $17::text[], $18::text[]) AS new ({_COLUMNS})
ON CONFLICT (tenant_id, case_id) DO UPDATE SET ({_COLUMNS}) = ROW (
    EXCLUDED.case_id, EXCLUDED.bot_id, EXCLUDED.state, EXCLUDED.version, EXCLUDED.since, EXCLUDED.reason, EXCLUDED.agent_id,
    EXCLUDED.asked_at, EXCLUDED.unanswered_since, EXCLUDED.answered_at, EXCLUDED.answer_id, EXCLUDED.lease_until,
    EXCLUDED.idle_at, EXCLUDED.failures, EXCLUDED.had_people, EXCLUDED.disclosed, EXCLUDED.handover)
WHERE (held.case_id, held.version) IN (SELECT * FROM unnest($2::uuid[], $19::bigint[]))
RETURNING case_id
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
        await self._write([Change(handling, before.version if before is not None else 0)])

    async def _read(self, case_ids: list[UUID]) -> dict[UUID, Handling]:
        found = await self._work.connection.fetch(_READ, self._work.tenant, case_ids)
        return {row["case_id"]: handling_of(row) for row in found}

    async def _write(self, changes: Sequence[Change]) -> None:
        arrays = columns((*_row(change.handling), change.seen) for change in changes)
        written = await self._work.connection.fetch(_WRITE, self._work.tenant, *arrays)
        if len(written) < len(changes):
            raise DependencyDown("a case passed to somebody else meanwhile; try again")

    def _count(self, handling: Handling, before: Handling | None) -> None:
        """Changes of hands that were committed."""
        if before is None or (handling.state, handling.since) != (before.state, before.since):
            metric = HANDLING_CHANGES.labels(handling.state.value, handling.reason.value)
            self._work.after_commit(metric.inc)


def handling_of(row: Mapping[str, Any]) -> Handling:
    stated = {name: row[name] for name in Handling.__slots__}
    return Handling(
        **stated
        | {
            "state": HandlingState(row["state"]),
            "reason": Why(row["reason"]),
            "disclosed": tuple(map(UUID, json.loads(row["disclosed"]))),
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
        json.dumps([str(each) for each in held.disclosed]),
        held.handover.model_dump_json(exclude_none=True) if held.handover else None,
    )


async def due_handlings(connection: asyncpg.Connection, limit: int) -> list[tuple[str, UUID]]:
    """Tenant and case, over all tenants."""
    found = await connection.fetch(_DUE, limit)
    return [(row["tenant_id"], row["case_id"]) for row in found]
