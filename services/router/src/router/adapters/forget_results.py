import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from runtime.postgres import Database, is_down

_log = logging.getLogger(__name__)
_EVERY_SECONDS: Final = 60.0
_DAYS: Final = 31  # longer than ids of events are remembered: a key is either known with its result or not at all
_AT_ONCE: Final = 10_000


def forget_results(database: Database) -> Callable[[], Awaitable[None]]:
    """A loop for `Service.loops`: an Idempotency-Key is remembered for a month."""

    async def run() -> None:
        while True:
            try:
                await forget_old_results(database)
            except Exception as error:
                if not is_down(error):
                    raise
                _log.warning("housekeeping waits", extra={"code": type(error).__name__})
            await asyncio.sleep(_EVERY_SECONDS)

    return run


async def forget_old_results(database: Database) -> None:
    sql = """DELETE FROM command_result WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM command_result WHERE decided_at < now() - make_interval(days => $1) LIMIT $2))"""
    await database.system.execute(sql, _DAYS, _AT_ONCE)
