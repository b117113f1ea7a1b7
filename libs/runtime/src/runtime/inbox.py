"""Effects exactly once per event id: a webhook's retry comes with another offset, but the same id."""

from collections.abc import Sequence

import asyncpg

from runtime.ports import Delivery


async def unseen(connection: asyncpg.Connection, consumer: str, batch: Sequence[Delivery]) -> list[Delivery]:
    """The deliveries of this batch that no committed transaction has worked on, in order; they count as seen when this one commits."""
    if not batch:
        return []
    first_of: dict[object, Delivery] = {}
    for delivery in batch:
        first_of.setdefault(delivery.envelope.id, delivery)
    rows = await connection.fetch(
        """WITH new AS (
               INSERT INTO event_seen (consumer, event_id, tenant_id)
               SELECT $1, event_id, tenant_id FROM unnest($2::uuid[], $3::text[]) AS seen (event_id, tenant_id)
               ORDER BY event_id ON CONFLICT DO NOTHING RETURNING event_id)
           SELECT event_id FROM unnest($2::uuid[]) AS event_id EXCEPT SELECT event_id FROM new""",
        consumer,
        list(first_of),
        [delivery.envelope.tenant for delivery in first_of.values()],
    )
    for row in rows:
        del first_of[row["event_id"]]
    return list(first_of.values())


async def forget(pool: asyncpg.Pool, days: int = 30, limit: int = 10_000) -> int:
    """Drops ids older than `days`, at most `limit`; returns how many."""
    status: str = await pool.execute(
        """DELETE FROM event_seen WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM event_seen WHERE seen_at < now() - make_interval(days => $1) LIMIT $2))""",
        days,
        limit,
    )
    return int(status.rpartition(" ")[2])
