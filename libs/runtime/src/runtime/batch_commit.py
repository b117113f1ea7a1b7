"""The transaction of a batch: admit its records, work on them, write the outbox, commit. Only then are the outbox's rows published."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial

import asyncpg

from runtime import inbox, metrics
from runtime.group_commit import GroupCommit
from runtime.inbox import Batch
from runtime.outbox_lane import OutboxLane
from runtime.postgres import SYSTEM_TENANT, Database
from runtime.processing import Subscription
from runtime.unit_of_work import UnitOfWork

CommitBatch = Callable[[Batch], Awaitable[None]]


def committing(subscription: Subscription, database: Database) -> CommitBatch:
    """Raises Fenced and whatever the processor raises."""
    if subscription.together:
        return GroupCommit(partial(_commit_together, subscription.consumer, database), subscription.max_batch).commit
    return partial(_commit_alone, subscription.consumer, database)


@asynccontextmanager
async def fenced(
    database: Database,
    consumer: str,
    lanes: Sequence[OutboxLane],
    stamp: Callable[[asyncpg.Connection], Awaitable[datetime]],
) -> AsyncIterator[UnitOfWork]:
    """A transaction that `stamp` opens: it raises Fenced, or says what time it is. The first lane is for what follows from no event."""
    source = consumer.partition(".")[0]
    async with database.system.acquire(timeout=5) as connection:
        async with connection.transaction():
            now = await stamp(connection)
            work = UnitOfWork(connection, tenant=SYSTEM_TENANT, now=now, source=source, lane=lanes[0].name)
            yield work
            rows = await work.write_outbox()
        connection.committed()
        work.committed()
    for lane in lanes:
        lane.put([row for row in rows if row.lane == lane.name])


async def _commit_alone(consumer: str, database: Database, batch: Batch) -> None:
    await _commit(consumer, database, [batch], SYSTEM_TENANT)


async def _commit_together(consumer: str, database: Database, batches: Sequence[Batch]) -> None:
    """Most often all is one tenant's: then the statement that admits the batches also sets whose rows are seen."""
    tenants = {each.envelope.tenant for batch in batches for each in batch.deliveries}
    await _commit(consumer, database, batches, tenants.pop() if len(tenants) == 1 else SYSTEM_TENANT)


async def _commit(consumer: str, database: Database, batches: Sequence[Batch], tenant: str) -> None:
    async def admitted(connection: asyncpg.Connection) -> datetime:
        return await inbox.admit(connection, batches, tenant)

    lanes = [batch.lane for batch in batches]
    with metrics.BATCH_SECONDS.labels(consumer).time():
        async with fenced(database, consumer, lanes, admitted) as work:
            work.tenant = tenant
            work.shared({each.envelope.id: batch.lane.name for batch in batches for each in batch.fresh})
            for batch in batches:
                for record in batch.dead:
                    work.emit_raw(record, batch.lane.name)
            if fresh := [each for batch in batches for each in batch.fresh]:
                await batches[0].processor.handle(fresh, work)
