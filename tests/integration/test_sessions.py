"""What a pooled connection keeps and loses between two who use it."""

import asyncpg
import pytest

from runtime.errors import DependencyDown
from runtime.postgres import Database, Session
from runtime.unit_of_work import open_transactions

pytestmark = pytest.mark.integration


@pytest.fixture
def resets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries by which connections were reset, empty where none was needed."""
    told: list[str] = []
    plain = Session.get_reset_query

    def get_reset_query(session: Session) -> str:
        told.append(plain(session))
        return told[-1]

    monkeypatch.setattr(Session, "get_reset_query", get_reset_query)
    return told


async def test_a_committed_transaction_needs_no_reset_and_leaves_no_tenant_behind(bench, resets) -> None:
    async with open_transactions(bench.database, bench.producer, source="test", lane="sessions") as transactions:
        resets.clear()
        async with transactions.begin("acme") as work:
            assert await _tenant(work.connection) == "acme"
        async with transactions.read("other") as connection:
            assert await _tenant(connection) == "other"
        assert resets == ["", ""]
    assert await bench.database.tenants.fetchval("SELECT current_setting('app.tenant', true)") in ("", None)


async def test_a_transaction_that_failed_is_reset(bench, resets) -> None:
    async with open_transactions(bench.database, bench.producer, source="test", lane="sessions") as transactions:
        resets.clear()
        with pytest.raises(ZeroDivisionError):
            async with transactions.begin("acme") as work:
                await work.connection.execute("SET app.mark = 'left'")
                raise ZeroDivisionError
        with pytest.raises(asyncpg.UndefinedTableError):
            async with transactions.begin("acme") as work:
                await work.connection.execute("SELECT * FROM nowhere")
    assert len(resets) == 2
    assert all("RESET ALL" in query for query in resets)


async def test_a_connection_that_broke_in_the_middle_is_not_given_out_again(bench) -> None:
    async with open_transactions(bench.database, bench.producer, source="test", lane="sessions") as transactions:
        broken = []
        with pytest.raises(DependencyDown):
            async with transactions.begin("acme") as work:
                broken.append(await _backend(work.connection))
                await _end(bench.database, broken[0])
                await _tenant(work.connection)
        for _ in range(5):
            async with transactions.begin("acme") as work:
                assert await _backend(work.connection) not in broken


async def test_what_is_not_a_transaction_of_ours_is_reset(bench, resets) -> None:
    resets.clear()
    await bench.database.system.fetchval("SELECT 1")
    assert len(resets) == 1
    assert "RESET ALL" in resets[0]


async def _tenant(connection: asyncpg.Connection) -> str:
    return str(await connection.fetchval("SELECT current_setting('app.tenant')"))


async def _backend(connection: asyncpg.Connection) -> int:
    return int(await connection.fetchval("SELECT pg_backend_pid()"))


async def _end(database: Database, backend: int) -> None:
    assert await database.system.fetchval("SELECT pg_terminate_backend($1)", backend)
