"""What the API reads from the store: one tenant's rows, as committed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from router.adapters.decision_packs import decisions_of
from router.adapters.rows import AGENT, WORK, agent_from_row, entry_from, outcome_from, work_from_row
from router.domain.ledger import replay_ledger
from router.domain.model import Agent, MetricClock, WorkItem
from router.handlers.explanations import DecisionShown
from router.handlers.instants import with_instants
from router.handlers.ports import CommandResult, OfferPlace
from router.handlers.queue_views import QueueShown
from router.handlers.views import LedgerShown, OfferShown

_AGENTS: Final = AGENT + " AND id > $2 AND ($4::text IS NULL OR $4 = ANY(queues)) ORDER BY id LIMIT $3"
_OFFERS: Final = """
SELECT id AS offer_id, case_id, agent_id, queue, offered_at, expires_at, outcome, ended_at, reason FROM offer
WHERE tenant_id = $1 AND agent_id = $2 AND outcome = 'open' ORDER BY offered_at, id
"""
_QUEUES: Final = """
SELECT queue, count(*) AS waiting, (extract(epoch FROM now() - min(queued_at)) * 1000)::bigint AS oldest_wait_ms
FROM work_item WHERE tenant_id = $1 AND is_open AND state = 'queued' GROUP BY queue
"""
_MEMBERS: Final = """
SELECT queue, presence, count(*) AS agents FROM agent, unnest(queues) AS queue WHERE tenant_id = $1 GROUP BY queue, presence
"""
_CASES: Final = """
SELECT case_id FROM assignment WHERE tenant_id = $1 AND agent_id = ANY($2) AND ended_at IS NULL
UNION ALL SELECT case_id FROM offer WHERE tenant_id = $1 AND agent_id = ANY($2) AND outcome = 'open'
"""
_HELD: Final = WORK + f" AND is_open AND agent_id = ANY($2) AND case_id IN ({_CASES}) ORDER BY queued_at, case_id"
_WAITING: Final = (
    WORK
    + """ AND queue = $2 AND is_open AND state = 'queued'
    AND ($3::timestamptz IS NULL OR (queued_at, case_id) > ($3, $4)) ORDER BY queued_at, case_id LIMIT $5"""
)
_LEDGER: Final = """
SELECT position, type, event_id, at, entry::text AS told FROM sla_ledger
WHERE tenant_id = $1 AND case_id = $2 ORDER BY position LIMIT 10000
"""
_SHOWN_DECISIONS: Final = 100
_PACKS: Final = (
    "SELECT packs[cardinality(packs) + 1 - $3::integer:] FROM work_item WHERE tenant_id = $1 AND case_id = $2"
)
_DECISIONS: Final = "SELECT decisions FROM decision_pack WHERE tenant_id = $1 AND position = ANY($2) ORDER BY position"


class PostgresReader:
    def __init__(self, connection: asyncpg.Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    async def agents(self, after: str, limit: int, queue: str | None = None) -> list[Agent]:
        rows = await self._connection.fetch(_AGENTS, self._tenant, after, limit, queue)
        return list(map(agent_from_row, rows))

    async def agent(self, agent_id: str) -> Agent | None:
        found = await self._connection.fetchrow(AGENT + " AND id = $2", self._tenant, agent_id)
        return None if found is None else agent_from_row(found)

    async def held(self, agent_ids: Sequence[str]) -> dict[str, list[WorkItem]]:
        """Open work by the agent who holds it."""
        held: dict[str, list[WorkItem]] = {}
        for row in await self._connection.fetch(_HELD, self._tenant, list(agent_ids)):
            held.setdefault(row["agent_id"], []).append(work_from_row(row))
        return held

    async def open_offers(self, agent_id: str) -> list[OfferShown]:
        return [OfferShown(**dict(row)) for row in await self._connection.fetch(_OFFERS, self._tenant, agent_id)]

    async def offer(self, offer_id: UUID) -> OfferPlace | None:
        sql = "SELECT case_id, agent_id FROM offer WHERE tenant_id = $1 AND id = $2"
        row = await self._connection.fetchrow(sql, self._tenant, offer_id)
        return None if row is None else OfferPlace(row["case_id"], row["agent_id"])

    async def work(self, case_id: UUID) -> WorkItem | None:
        found = await self._connection.fetchrow(WORK + " AND case_id = $2", self._tenant, case_id)
        return None if found is None else work_from_row(found)

    async def queues(self, names: Sequence[str]) -> list[QueueShown]:
        waiting = {row["queue"]: row for row in await self._connection.fetch(_QUEUES, self._tenant)}
        agents = {name: dict.fromkeys(("available", "busy", "away", "offline"), 0) for name in names}
        for row in await self._connection.fetch(_MEMBERS, self._tenant):
            if row["queue"] in agents:
                agents[row["queue"]][row["presence"]] = row["agents"]
        return [_queue(name, waiting.get(name), agents[name]) for name in sorted(names)]

    async def waiting(self, queue: str, after: tuple[datetime, UUID] | None, limit: int) -> list[WorkItem]:
        """The longest waiting first."""
        since, case_id = after or (None, None)
        rows = await self._connection.fetch(_WAITING, self._tenant, queue, since, case_id, limit)
        return list(map(work_from_row, rows))

    async def decisions(self, case_id: UUID) -> tuple[DecisionShown, ...]:
        positions = await self._connection.fetchval(_PACKS, self._tenant, case_id, _SHOWN_DECISIONS)
        packs = await self._connection.fetch(_DECISIONS, self._tenant, positions or [])
        shown = decisions_of(str(case_id), (row["decisions"] for row in packs))
        return tuple(shown[-_SHOWN_DECISIONS:])

    async def ledger(self, case_id: UUID) -> tuple[tuple[LedgerShown, ...], tuple[MetricClock, ...]]:
        """The entries, and the clocks that their replay gives. Raises LedgerError."""
        rows = await self._connection.fetch(_LEDGER, self._tenant, case_id)
        clocks = replay_ledger(entry_from(row["type"], row["told"]) for row in rows)
        shown = tuple(
            LedgerShown(
                position=row["position"],
                type=row["type"],
                event_id=row["event_id"],
                at=row["at"],
                entry=with_instants(from_json(row["told"])),
            )
            for row in rows
        )
        return shown, tuple(clocks.values())

    async def result(self, command_id: UUID) -> CommandResult | None:
        sql = """SELECT body_sha256, outcome::text AS outcome FROM command_result
                 WHERE tenant_id = $1 AND command_id = $2"""
        row = await self._connection.fetchrow(sql, self._tenant, command_id)
        return None if row is None else CommandResult(command_id, row["body_sha256"], outcome_from(row["outcome"]))


def _queue(name: str, waiting: asyncpg.Record | None, agents: dict[str, int]) -> QueueShown:
    if waiting is None:
        return QueueShown(queue=name, waiting=0, agents=agents)
    oldest = max(0, waiting["oldest_wait_ms"])
    return QueueShown(queue=name, waiting=waiting["waiting"], oldest_wait_ms=oldest, agents=agents)
