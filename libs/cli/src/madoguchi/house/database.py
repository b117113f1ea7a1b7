"""The database and the role that services log in as: no owner, bound by row level security."""

import asyncpg

from madoguchi.house.names import APP_ROLE, DATABASE
from madoguchi.stack import StackError


async def prepare_database(superuser: str, password: str) -> None:
    """Makes what is missing; the role's password becomes the one given. `password` is hexadecimal."""
    if not password.isalnum():
        raise ValueError("the role's password has to be letters and digits")
    try:
        connection = await asyncpg.connect(superuser, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise StackError("postgres_unreachable", f"Postgres can't be reached: {type(error).__name__}") from error
    try:
        await _prepare(connection, password)
    finally:
        await connection.close()


async def _prepare(connection: asyncpg.Connection, password: str) -> None:
    if await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", APP_ROLE):
        await connection.execute(f"ALTER ROLE {APP_ROLE} PASSWORD '{password}'")
    else:
        await connection.execute(f"CREATE ROLE {APP_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{password}'")
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(f"CREATE DATABASE {DATABASE}")
