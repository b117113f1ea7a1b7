"""Endpoints that integrators registered, in Postgres, inside the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from notifier.adapters.sealing import KeyedSealing
from notifier.adapters.store import Transaction
from notifier.domain.registration import Registration, SigningSecret
from notifier.handlers.registry_ports import Learned, place_of

_SECRETS: Final = TypeAdapter(tuple[SigningSecret, ...])
_COLUMNS: Final = "id, url, events, description, secrets, created_by, created_at, revision"
_ADD: Final = """
INSERT INTO registered_endpoint
    (tenant_id, id, url, events, description, secrets, revision, created_by, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8, $9, $9)
"""
_GET: Final = f"SELECT {_COLUMNS} FROM registered_endpoint WHERE tenant_id = $1 AND removed_at IS NULL"  # noqa: S608  # parts of our own
_SAVE: Final = """
UPDATE registered_endpoint
SET url = $3, events = $4, description = $5, secrets = $6::text::jsonb, revision = $7, changed_at = $8
WHERE tenant_id = $1 AND id = $2
"""
_REMOVE: Final = """
UPDATE registered_endpoint SET removed_at = $3, changed_at = $3, url = '', secrets = '[]', description = ''
WHERE tenant_id = $1 AND id = $2
"""
_CHANGED: Final = """
SELECT tenant_id, id::text, CASE WHEN removed_at IS NULL THEN events ELSE '{}' END AS events, changed_at
FROM registered_endpoint WHERE changed_at >= $1
"""
_RESEAL: Final = "UPDATE registered_endpoint SET secrets = $3::text::jsonb WHERE tenant_id = $1 AND id = $2"


class PostgresRegistry:
    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._transaction = transaction

    async def add(self, tenant: str, registration: Registration) -> None:
        made = (registration.revision, registration.created_by, registration.created_at)
        await self._connection.execute(_ADD, tenant, registration.id, *_stated(registration), *made)

    async def get(self, tenant: str, id: str, *, lock: bool = False) -> Registration | None:
        try:
            identity = UUID(id)
        except ValueError:
            return None
        sql = f"{_GET} AND id = $2" + (" FOR UPDATE" if lock else "")
        row = await self._connection.fetchrow(sql, tenant, identity)
        return _registration(row) if row else None

    async def all(self, tenant: str) -> list[Registration]:
        return [_registration(row) for row in await self._connection.fetch(f"{_GET} ORDER BY id", tenant)]

    async def count(self, tenant: str) -> int:
        sql = "SELECT count(*) FROM registered_endpoint WHERE tenant_id = $1 AND removed_at IS NULL"
        return int(await self._connection.fetchval(sql, tenant))

    async def save(self, tenant: str, registration: Registration) -> None:
        now = self._transaction.now
        await self._connection.execute(
            _SAVE, tenant, registration.id, *_stated(registration), registration.revision, now
        )

    async def remove(self, tenant: str, id: UUID) -> None:
        await self._connection.execute(_REMOVE, tenant, id, self._transaction.now)

    async def changed(self, since: datetime) -> Sequence[Learned]:
        rows = await self._connection.fetch(_CHANGED, since)
        return [Learned(row["tenant_id"], row["id"], tuple(row["events"]), row["changed_at"]) for row in rows]

    async def sweep(self) -> None:
        sql = "DELETE FROM registered_endpoint WHERE removed_at < $1::timestamptz - interval '1 day'"
        await self._connection.execute(sql, self._transaction.now)


async def reseal(pool: asyncpg.Pool, sealing: KeyedSealing) -> int:
    """Every live secret under the first key; returns how many endpoints had one under another. Raises Failure where no key fits."""
    done = 0
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(f"SELECT tenant_id, {_COLUMNS} FROM registered_endpoint FOR UPDATE")  # noqa: S608
        for row in rows:
            secrets = _SECRETS.validate_json(row["secrets"])
            if any(not sealing.is_newest(one.sealed) for one in secrets):
                place = place_of(row["tenant_id"], row["id"])
                renewed = tuple(
                    replace(one, sealed=sealing.seal(sealing.open(one.sealed, place), place)) for one in secrets
                )
                text = _SECRETS.dump_json(renewed).decode()
                await connection.execute(_RESEAL, row["tenant_id"], row["id"], text)
                done += 1
    return done


def _stated(registration: Registration) -> tuple[Any, ...]:
    secrets = _SECRETS.dump_json(registration.secrets).decode()
    return (registration.url, list(registration.events), registration.description, secrets)


def _registration(row: Mapping[str, Any]) -> Registration:
    read = {"events": tuple(row["events"]), "secrets": _SECRETS.validate_json(row["secrets"])}
    return Registration(**dict(row) | read)
