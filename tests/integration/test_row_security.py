"""The runtime's own tables keep tenants apart, and its idempotency holds on the real database."""

import asyncpg
import pytest

from runtime.migrate import SchemaOutdated, check_revision, migrate

pytestmark = pytest.mark.integration


async def test_a_connection_sees_no_tenants_rows_until_it_says_for_whom_it_acts(bench) -> None:
    await bench.database.system.execute(
        "INSERT INTO event_seen (consumer, event_id, tenant_id) VALUES ('c', gen_random_uuid(), 'acme')"
    )
    count = "SELECT count(*) FROM event_seen"
    assert await bench.database.tenants.fetchval(count) == 0
    async with bench.database.tenants.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant', 'other', true)")
        assert await connection.fetchval(count) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(
                "INSERT INTO event_seen (consumer, event_id, tenant_id) VALUES ('c', gen_random_uuid(), 'acme')"
            )
    async with bench.database.tenants.acquire() as connection, connection.transaction():
        await connection.execute("SELECT set_config('app.tenant', 'acme', true)")
        assert await connection.fetchval(count) == 1


async def test_every_table_with_a_tenant_forces_row_level_security(bench) -> None:
    open_tables = await bench.database.system.fetch("""
        SELECT c.relname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND c.relkind IN ('r', 'p')
        WHERE c.relnamespace = 'test'::regnamespace AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""")
    assert open_tables == []
    role = await bench.database.system.fetchrow(
        "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert tuple(role) == (False, False)


async def test_migrations_run_once_and_a_missing_one_is_named(bench, postgres, tmp_path) -> None:
    (tmp_path / "0001_first.sql").write_text("CREATE TABLE first (id int); GRANT ALL ON first TO madoguchi_app")
    with pytest.raises(SchemaOutdated, match="0001_first"):
        await check_revision(bench.database.system, tmp_path)
    assert await migrate(postgres.owner, "test", tmp_path) == ["0001_first"]
    assert await migrate(postgres.owner, "test", tmp_path) == []
    await check_revision(bench.database.system, tmp_path)


async def test_a_migration_that_was_changed_after_it_was_applied_is_refused(bench, postgres, tmp_path) -> None:
    first = tmp_path / "0001_first.sql"
    first.write_text("CREATE TABLE first (id int); GRANT ALL ON first TO madoguchi_app")
    await migrate(postgres.owner, "test", tmp_path)
    first.write_text("CREATE TABLE first (id bigint); GRANT ALL ON first TO madoguchi_app")
    with pytest.raises(SchemaOutdated, match="0001_first was changed"):
        await migrate(postgres.owner, "test", tmp_path)
    with pytest.raises(SchemaOutdated, match="0001_first was changed"):
        await check_revision(bench.database.system, tmp_path)


async def test_a_migration_that_fails_leaves_nothing_behind(bench, postgres, tmp_path) -> None:
    (tmp_path / "0001_half.sql").write_text("CREATE TABLE half (id int); SELECT no_such_function()")
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await migrate(postgres.owner, "test", tmp_path)
    assert await bench.database.system.fetchval("SELECT to_regclass('test.half')") is None
