"""What no message triggers: old ids are forgotten, rows of a writer that never came back are published."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from runtime import inbox, metrics, outbox
from runtime.app import Loop
from runtime.errors import Failure
from runtime.postgres import Database, is_down
from runtime.producer import EventProducer

_log = logging.getLogger(__name__)
_EVERY_SECONDS: Final = 60.0
_ORPHANED_AFTER_SECONDS: Final = 300
_IDEMPOTENCY_DAYS: Final = 7


Chore = Callable[[Database], Awaitable[None]]


def housekeeping(database: Database, producer: EventProducer, chores: Sequence[Chore] = ()) -> Loop:
    """A loop for `Service.loops`: the runtime's own rounds, then the service's `chores`, each bounded."""

    async def run() -> None:
        while True:
            try:
                await tidy(database, producer)
                for chore in chores:
                    await chore(database)
            except Exception as error:
                if not (isinstance(error, Failure) or is_down(error)):
                    raise
                _log.warning("housekeeping waits", extra={"code": type(error).__name__})
            await asyncio.sleep(_EVERY_SECONDS)

    return run


async def tidy(database: Database, producer: EventProducer) -> None:
    """One round; bounded work."""
    await inbox.forget(database.system)
    await database.system.execute(
        "DELETE FROM idempotency WHERE created_at < now() - make_interval(days => $1)", _IDEMPOTENCY_DAYS
    )
    oldest = await database.system.fetchval("SELECT extract(epoch FROM now() - min(written_at))::float8 FROM outbox")
    metrics.OUTBOX_OLDEST.labels(database.schema).set(oldest or 0.0)
    if oldest and oldest > _ORPHANED_AFTER_SECONDS:
        await publish_orphans(database, producer, _ORPHANED_AFTER_SECONDS)


async def publish_orphans(database: Database, producer: EventProducer, older_than_seconds: float) -> int:
    """A scaled-in replica's lane has no owner any more. Publishing twice is harmless: readers know the ids."""
    async with database.system.acquire() as connection, connection.transaction():
        rows = await outbox.oldest_of(connection, older_than_seconds, 500)
        records = [record for row in rows for record in row.records]
        if records:
            await producer.publish_raw(records, timeout=15.0)
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", [row.id for row in rows])
            _log.warning("orphaned outbox rows published", extra={"count": len(records)})
    return len(records)
