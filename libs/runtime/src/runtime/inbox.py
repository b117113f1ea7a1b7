"""Effects exactly once: under the lease of the record's partition, and once per event id, as a webhook's retry has another offset."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg

from runtime.batches import RawRecord
from runtime.errors import Fenced
from runtime.lease import Lease
from runtime.outbox_lane import OutboxLane
from runtime.ports import Delivery
from runtime.processing import Processor


@dataclass(slots=True, eq=False)
class Batch:
    """One partition's records `first` to `last` on their way into the store; what is `dead` leaves unread.

    `fresh` once admitted: the deliveries that no committed transaction has worked on, in order.
    """

    lease: Lease
    first: int
    last: int
    deliveries: Sequence[Delivery]
    dead: Sequence[RawRecord]
    lane: OutboxLane
    processor: Processor
    fresh: list[Delivery] = field(default_factory=list)


async def admit(connection: asyncpg.Connection, batches: Sequence[Batch], tenant: str) -> datetime:
    """Inside the effects' transaction, for batches of one topic: their records count as done when it commits. Returns the database's now.

    From here on the transaction sees the rows of this tenant. One statement, as each is a round trip. Raises Fenced if a partition
    has another owner, or if its records were done before.
    """
    consumer, topic = batches[0].lease.consumer, batches[0].lease.topic
    tenants = {each.envelope.id: each.envelope.tenant for batch in batches for each in batch.deliveries}
    row = await connection.fetchrow(
        """WITH held AS (
               UPDATE partition_lease AS lease SET next_offset = batch.last + 1
               FROM unnest($3::int[], $4::bigint[], $5::bigint[], $6::bigint[]) AS batch (partition, epoch, first, last)
               WHERE lease.consumer = $1 AND lease.topic = $2 AND lease.partition = batch.partition
                 AND lease.epoch = batch.epoch AND lease.next_offset <= batch.first
               RETURNING 1),
           new AS (
               INSERT INTO event_seen (consumer, event_id, tenant_id)
               SELECT $1, event_id, tenant_id FROM unnest($7::uuid[], $8::text[]) AS seen (event_id, tenant_id)
               ORDER BY event_id ON CONFLICT DO NOTHING RETURNING event_id)
           SELECT now() AS now, set_config('app.tenant', $9, true), (SELECT count(*) FROM held) AS held,
                  ARRAY(SELECT event_id FROM new) AS new""",
        consumer,
        topic,
        [batch.lease.partition for batch in batches],
        [batch.lease.epoch for batch in batches],
        [batch.first for batch in batches],
        [batch.last for batch in batches],
        list(tenants),
        list(tenants.values()),
        tenant,
    )
    if row["held"] != len(batches):
        raise Fenced(f"{consumer} has lost a partition of {topic}, or its records were done before")
    new = set(row["new"])
    for batch in batches:
        batch.fresh = list(_first_of_each(batch.deliveries, new))
    now: datetime = row["now"]
    return now


def _first_of_each(deliveries: Iterable[Delivery], new: set[object]) -> Iterable[Delivery]:
    for delivery in deliveries:
        if delivery.envelope.id in new:
            new.discard(delivery.envelope.id)
            yield delivery


async def forget(pool: asyncpg.Pool, days: int = 30, limit: int = 10_000) -> int:
    """Drops ids older than `days`, at most `limit`; returns how many."""
    status: str = await pool.execute(
        """DELETE FROM event_seen WHERE ctid = ANY(ARRAY(
               SELECT ctid FROM event_seen WHERE seen_at < now() - make_interval(days => $1) LIMIT $2))""",
        days,
        limit,
    )
    return int(status.rpartition(" ")[2])
