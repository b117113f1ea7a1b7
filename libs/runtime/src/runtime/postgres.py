"""Postgres as every service uses it: a pool whose connections belong to no tenant, and one that acts for the runtime."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import asyncpg
from typing_extensions import override

from runtime.errors import DependencyDown

SYSTEM_TENANT: Final = "*"
_SERVER_SETTINGS: Final = {
    "statement_timeout": "20000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
}
_DOWN: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)


def is_down(error: BaseException) -> bool:
    """Whether the database, not the statement, is at fault: gone, full, restarting, or a lost deadlock. Trying again can help."""
    return isinstance(error, _DOWN)


# Batches are arrays whose length a plan must not depend on; planning them anew each time cost a fifth of the database's work.
_SYSTEM_SETTINGS: Final = {"app.tenant": SYSTEM_TENANT, "plan_cache_mode": "force_generic_plan"}


@dataclass(frozen=True, slots=True)
class Database:
    """`tenants`: connections that see no tenant's rows until `app.tenant` is set. `system`: see all; for the runtime's own work."""

    schema: str
    tenants: asyncpg.Pool
    system: asyncpg.Pool


class Session(asyncpg.Connection):  # type: ignore[misc]  # asyncpg tells no types
    """Reset by the driver when it goes back to its pool, unless its last word was a commit that the server answered.

    Then its state is known: what a session is told here, it is told for one transaction. The reset is a round trip and four statements; one
    whose transaction ended otherwise is still reset, which also finds out whether it broke in the middle.
    """

    __slots__ = ("_is_known",)

    def committed(self) -> None:
        self._is_known = True

    @override
    def get_reset_query(self) -> str:
        is_known, self._is_known = getattr(self, "_is_known", False), False
        return "" if is_known else super().get_reset_query()


@asynccontextmanager
async def connect(dsn: str, *, schema: str, application_name: str, max_size: int = 10) -> AsyncIterator[Database]:
    """Opens both pools. Raises DependencyDown when the server can't be reached, is not up yet or full, or refuses the login."""
    settings = _SERVER_SETTINGS | {"search_path": schema, "application_name": application_name}
    async with AsyncExitStack() as pools:
        try:
            tenants = await pools.enter_async_context(_pool(dsn, settings, max_size))
            system = await pools.enter_async_context(_pool(dsn, settings | _SYSTEM_SETTINGS, max_size))
        except (*_DOWN, asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
            raise DependencyDown(f"Postgres refused the connection: {type(error).__name__}") from error
        yield Database(schema, tenants, system)


@asynccontextmanager
async def _pool(dsn: str, settings: dict[str, str], max_size: int) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_size,
        timeout=5,
        command_timeout=25,
        server_settings=settings,
        connection_class=Session,
    )
    try:
        yield pool
    finally:
        await _close(pool)


async def _close(pool: asyncpg.Pool) -> None:
    try:
        async with asyncio.timeout(5):
            await pool.close()
    except TimeoutError:
        pool.terminate()
