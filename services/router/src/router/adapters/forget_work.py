"""Work that is long done is forgotten, and with it what was decided about it: a pack of decisions goes with the last of its cases.

SLA ledgers are proof and stay longer.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from runtime.postgres import Database

_AT_ONCE: Final = 2_000
_WORK: Final = """
WITH gone AS (
    DELETE FROM work_item USING (
        SELECT tenant_id, case_id FROM work_item
        WHERE tenant_id = $1 AND NOT is_open AND closed_at < now() - make_interval(days => $2)
        ORDER BY closed_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ) AS old WHERE (work_item.tenant_id, work_item.case_id) = (old.tenant_id, old.case_id) RETURNING work_item.case_id, work_item.packs
), offers AS (
    DELETE FROM offer USING gone WHERE offer.tenant_id = $1 AND offer.case_id = gone.case_id
), assignments AS (
    DELETE FROM assignment USING gone WHERE assignment.tenant_id = $1 AND assignment.case_id = gone.case_id
)
UPDATE decision_pack SET cases = cases - freed.times
FROM (SELECT position, count(*) AS times FROM gone, unnest(packs) AS position GROUP BY position) AS freed
WHERE decision_pack.tenant_id = $1 AND decision_pack.position = freed.position
"""
_PACKS: Final = "DELETE FROM decision_pack WHERE tenant_id = $1 AND cases <= 0"
_EARLY: Final = "DELETE FROM early_command WHERE since < extract(epoch FROM now() - make_interval(days => $1)) * 1000"
_EARLY_DAYS: Final = 31  # what they wait for is in no topic any more, and in nobody's dead letters
_LEDGERS: Final = """
DELETE FROM sla_ledger WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM sla_ledger WHERE at < now() - make_interval(days => $1) AND NOT EXISTS (
        SELECT FROM work_item
        WHERE (work_item.tenant_id, work_item.case_id) = (sla_ledger.tenant_id, sla_ledger.case_id)
    ) LIMIT $2
))
"""


def forget_work(work_days: int, ledger_days: int) -> Callable[[Database], Awaitable[None]]:
    """A chore; each round is bounded. Work that was opened again is not done, and keeps all of its past."""

    async def forget(database: Database) -> None:
        for row in await database.system.fetch("SELECT DISTINCT tenant_id FROM routing_group"):
            await database.system.execute(_WORK, row["tenant_id"], work_days, _AT_ONCE)
            await database.system.execute(_PACKS, row["tenant_id"])
        await database.system.execute(_EARLY, _EARLY_DAYS)
        await database.system.execute(_LEDGERS, ledger_days, _AT_ONCE)

    return forget
