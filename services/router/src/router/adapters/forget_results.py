from typing import Final

from runtime.postgres import Database

_DAYS: Final = 31  # longer than ids of events are remembered: a key is either known with its result or not at all
_AT_ONCE: Final = 10_000


async def forget_results(database: Database) -> None:
    """A chore: an Idempotency-Key is remembered for a month."""
    sql = """DELETE FROM command_result WHERE ctid = ANY(ARRAY(
                 SELECT ctid FROM command_result WHERE decided_at < now() - make_interval(days => $1) LIMIT $2))"""
    await database.system.execute(sql, _DAYS, _AT_ONCE)
