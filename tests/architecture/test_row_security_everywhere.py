"""Every table with a tenant column, as the migrations really make it, has row level security that binds its owner too."""

from pathlib import Path

import asyncpg
import pytest

from runtime.migrate import migrate

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {"case-store": "case_store", "router": "router", "notifier": "notifier"}
TABLES = """
    SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced,
           EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p')
"""

pytestmark = pytest.mark.integration


async def tenant_tables(owner: str, schema: str) -> dict[str, bool]:
    """Each table with a tenant column, and whether it is closed."""
    connection = await asyncpg.connect(owner)
    try:
        return {row["name"]: row["forced"] and row["has_policy"] for row in await connection.fetch(TABLES, schema)}
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SCHEMAS)
async def test_every_tenant_table_forces_row_level_security(service: str, postgres: object) -> None:
    owner = str(getattr(postgres, "owner"))  # noqa: B009  # the fixture's type lives in the root conftest
    await migrate(owner, SCHEMAS[service], ROOT / "services" / service / "migrations")
    tables = await tenant_tables(owner, SCHEMAS[service])
    assert len(tables) > 4
    assert [name for name, closed in tables.items() if not closed] == []


async def test_an_open_tenant_table_is_found(postgres: object, tmp_path: Path) -> None:
    owner = str(getattr(postgres, "owner"))  # noqa: B009  # the fixture's type lives in the root conftest
    (tmp_path / "0001_open.sql").write_text("CREATE TABLE open_door (tenant_id text NOT NULL, id uuid NOT NULL);")
    await migrate(owner, "planted", tmp_path)
    assert (await tenant_tables(owner, "planted"))["open_door"] is False
