"""API keys in the schemas of the services that take them. Only a hash is kept; a revoked key stops working within 30 seconds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from madoguchi.errors import Stop
from madoguchi.settings_table import OWNERS
from runtime.api_keys import ApiKeyRecord

_SCHEMAS = tuple(owner.replace("-", "_") for owner in OWNERS)
_INSERT = """
INSERT INTO {schema}.api_key (key_id, tenant_id, secret_sha256, scopes, expires_at) VALUES ($1, $2, $3, $4, $5)
"""
_LIST = """
SELECT DISTINCT key_id, tenant_id, scopes, created_at, expires_at, revoked_at FROM {schema}.api_key
WHERE $1::text IS NULL OR tenant_id = $1 ORDER BY created_at
"""
_REVOKE = "UPDATE {schema}.api_key SET revoked_at = now() WHERE key_id = $1 AND revoked_at IS NULL RETURNING true"


async def keep(dsn: str, record: ApiKeyRecord) -> None:
    """In all schemas or in none."""
    async with _connected(dsn) as connection:
        for schema in _SCHEMAS:
            values = (record.key_id, record.tenant_id, record.secret_sha256, list(record.scopes), record.expires_at)
            await connection.execute(_INSERT.format(schema=schema), *values)


async def listed(dsn: str, tenant: str | None) -> list[dict[str, Any]]:
    async with _connected(dsn) as connection:
        return [dict(row) for row in await connection.fetch(_LIST.format(schema=_SCHEMAS[0]), tenant)]


async def revoke(dsn: str, key_id: str) -> bool:
    """False when there is no such key, or it was revoked before."""
    async with _connected(dsn) as connection:
        done = [await connection.fetchval(_REVOKE.format(schema=schema), key_id) for schema in _SCHEMAS]
    return any(done)


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    try:
        connection = await asyncpg.connect(dsn, timeout=10, server_settings={"app.tenant": "*"})
    except (OSError, asyncpg.PostgresError) as error:
        raise Stop(f"the database can't be reached: {type(error).__name__}") from None
    try:
        async with connection.transaction():
            yield connection
    finally:
        await connection.close()
