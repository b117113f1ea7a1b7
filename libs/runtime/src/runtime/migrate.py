"""Plain numbered SQL, forward only, run by the schema's owner before the service starts."""

import hashlib
from importlib.resources import files
from pathlib import Path
from typing import Final

import asyncpg

from runtime.errors import DependencyDown, Failure

APP_ROLE: Final = "madoguchi_app"
_INFRASTRUCTURE: Final = "0000_infrastructure"


class SchemaOutdated(Failure):
    """The schema isn't at the revision that this code was written for."""

    code = "schema_outdated"


def _steps(directory: Path) -> dict[str, str]:
    sql = files("runtime.migrations").joinpath("infrastructure.sql").read_text(encoding="utf-8")
    own = {path.stem: path.read_text(encoding="utf-8") for path in sorted(directory.glob("[0-9]*.sql"))}
    return {_INFRASTRUCTURE: sql} | own


async def migrate(owner_dsn: str, schema: str, directory: Path) -> list[str]:
    """Applies what is missing, each file in its own transaction, and returns the names applied."""
    try:
        connection = await asyncpg.connect(owner_dsn, timeout=10)
    except OSError as error:
        raise DependencyDown(f"Postgres can't be reached: {error}") from error
    try:
        await _prepare(connection, schema)
        return [name for name, sql in _steps(directory).items() if await _apply(connection, name, sql)]
    finally:
        await connection.close()


async def _prepare(connection: asyncpg.Connection, schema: str) -> None:
    quoted = '"' + schema.replace('"', '""') + '"'
    await connection.execute("SELECT pg_advisory_lock(hashtext('madoguchi.migrate'))")
    await connection.execute(f"""
        CREATE SCHEMA IF NOT EXISTS {quoted};
        GRANT USAGE ON SCHEMA {quoted} TO {APP_ROLE};
        SET search_path = {quoted};
        SET lock_timeout = '5s';
        CREATE TABLE IF NOT EXISTS schema_revision (
            name text PRIMARY KEY, sha256 bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
        GRANT SELECT ON schema_revision TO {APP_ROLE};
    """)


async def _apply(connection: asyncpg.Connection, name: str, sql: str) -> bool:
    applied = await connection.fetchval("SELECT sha256 FROM schema_revision WHERE name = $1", name)
    if applied is not None:
        _check_unchanged(name, applied, sql)
        return False
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("INSERT INTO schema_revision (name, sha256) VALUES ($1, $2)", name, _digest(sql))
    return True


def _check_unchanged(name: str, applied: bytes, sql: str) -> None:
    if applied != _digest(sql):
        raise SchemaOutdated(
            f"migration {name} was changed after it was applied here; write a new one (or wipe a development database)"
        )


def _digest(sql: str) -> bytes:
    return hashlib.sha256(sql.encode()).digest()


async def check_revision(pool: asyncpg.Pool, directory: Path) -> None:
    """Raises SchemaOutdated naming the first file that wasn't applied, or not as it is now."""
    applied = {row["name"]: row["sha256"] for row in await pool.fetch("SELECT name, sha256 FROM schema_revision")}
    for name, sql in _steps(directory).items():
        if name not in applied:
            raise SchemaOutdated(f"migration {name} is not applied; run `migrate` first")
        _check_unchanged(name, applied[name], sql)
