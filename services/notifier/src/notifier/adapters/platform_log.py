"""The tenants' logs of events and the places of their endpoints, in Postgres, inside the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from notifier.adapters.store import Transaction
from notifier.adapters.webhook_deliveries import ATTEMPT_COLUMNS, attempt, delivery, find_deliveries
from notifier.domain.endpoint import Attempt, Endpoint, EndpointState
from notifier.handlers.platform_ports import Claimed, EventDelivery, LoggedEvent, NewEvent, WantedDeliveries

_COLUMNS: Final = (
    "state", "cursor", "replay_cursor", "replay_until", "head_id", "head_since", "failures", "failing_since",
    "next_attempt_at", "delivered", "given_up", "last_code", "last_reason", "last_delivered_at",
)  # fmt: skip
_SET: Final = ", ".join(f"{name} = ${i}" for i, name in enumerate(_COLUMNS, start=3))
_AFTER: Final = len(_COLUMNS) + 3

_ENSURE: Final = """
WITH log AS (SELECT coalesce((SELECT last_position FROM platform_log WHERE tenant_id = $1), 0) AS last)
INSERT INTO webhook_endpoint (tenant_id, subscription, cursor, begins_after, next_attempt_at, changed_at)
SELECT $1, name, log.last, log.last, $3, $3
FROM unnest($2::text[]) AS name, log ORDER BY name ON CONFLICT DO NOTHING
"""
# Whoever holds the tenant's row numbers the next events, and no other.
_HOLD: Final = """
INSERT INTO platform_log (tenant_id) VALUES ($1)
ON CONFLICT (tenant_id) DO UPDATE SET last_position = platform_log.last_position RETURNING last_position
"""
_APPEND: Final = """
WITH new AS (
    SELECT given.*, row_number() OVER (ORDER BY given.n) AS nth
    FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[])
         WITH ORDINALITY AS given (id, type, data, traceparent, at, n)
    WHERE NOT EXISTS (SELECT FROM platform_event AS known WHERE known.tenant_id = $1 AND known.id = given.id)
), added AS (
    INSERT INTO platform_event (tenant_id, position, id, type, data, traceparent, at, kept_at)
    SELECT $1, $2 + nth, id, type, data, traceparent, at, $8 FROM new
)
UPDATE platform_log SET last_position = $2 + (SELECT count(*) FROM new) WHERE tenant_id = $1
"""
_WAITING: Final = """
e.state = 'enabled' AND (e.lease_until IS NULL OR e.lease_until <= $1) AND (e.replay_until IS NOT NULL
    OR e.cursor < (SELECT last_position FROM platform_log AS l WHERE l.tenant_id = e.tenant_id))
"""
_CLAIM: Final = f"""
UPDATE webhook_endpoint AS t SET lease_until = $1 + $3::interval, lease_epoch = t.lease_epoch + 1
FROM (SELECT e.tenant_id, e.subscription FROM webhook_endpoint AS e WHERE e.next_attempt_at <= $1 AND {_WAITING}
      ORDER BY e.next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS due
WHERE t.tenant_id = due.tenant_id AND t.subscription = due.subscription RETURNING t.*
"""  # noqa: S608  # parts of our own
_NEXT_DUE: Final = f"SELECT min(next_attempt_at) FROM webhook_endpoint AS e WHERE {_WAITING}"  # noqa: S608
_EVENTS: Final = """
SELECT position, id, type, data, traceparent, at FROM platform_event
WHERE tenant_id = $1 AND position > $2 AND type = ANY($3) AND ($5::bigint IS NULL OR position <= $5)
ORDER BY position LIMIT $4
"""
_SAVE: Final = f"""
UPDATE webhook_endpoint SET {_SET}, lease_until = CASE WHEN ${_AFTER + 1} THEN NULL ELSE lease_until END
WHERE tenant_id = $1 AND subscription = $2 AND lease_epoch = ${_AFTER} RETURNING true
"""  # noqa: S608
_PUT: Final = f"""
UPDATE webhook_endpoint SET {_SET}, lease_until = NULL, lease_epoch = lease_epoch + 1, changed_at = ${_AFTER}
WHERE tenant_id = $1 AND subscription = $2
"""  # noqa: S608
_TRIED: Final = f"""
INSERT INTO webhook_attempt (tenant_id, subscription, {ATTEMPT_COLUMNS})
SELECT $1, $2, given.* FROM unnest($3::uuid[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::int[], $9::bool[],
    $10::bool[], $11::int[]) AS given
"""  # noqa: S608
_FAILURES: Final = f"""
SELECT {ATTEMPT_COLUMNS} FROM webhook_attempt
WHERE tenant_id = $1 AND subscription = $2 AND NOT delivered ORDER BY at DESC LIMIT $3
"""  # noqa: S608
_ATTEMPTS: Final = f"""
SELECT {ATTEMPT_COLUMNS} FROM webhook_attempt
WHERE tenant_id = $1 AND subscription = $2 AND event_id = $3 ORDER BY at
"""  # noqa: S608
_RANGE: Final = """
SELECT min(position) - 1 AS before, max(position) AS last FROM platform_event WHERE tenant_id = $1 AND at >= $2 AND at < $3
"""
_OLD: Final = "interval '14 days'"


class PostgresPlatformLog:
    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._transaction = transaction

    @property
    def _now(self) -> datetime:
        return self._transaction.now

    async def ensure(self, tenant: str, subscriptions: Collection[str]) -> None:
        await self._connection.execute(_ENSURE, tenant, sorted(subscriptions), self._now)

    async def hold(self, tenant: str) -> int:
        return int(await self._connection.fetchval(_HOLD, tenant))

    async def append(self, tenant: str, events: Sequence[NewEvent]) -> None:
        last = await self.hold(tenant)
        columns = zip(*((one.id, one.type, one.data, one.traceparent, one.at) for one in events), strict=True)
        await self._connection.execute(_APPEND, tenant, last, *map(list, columns), self._now)

    async def claim(self, limit: int, lease: timedelta) -> list[Claimed]:
        rows = await self._connection.fetch(_CLAIM, self._now, limit, lease)
        return [Claimed(row["tenant_id"], _endpoint(row), row["lease_epoch"], row["lease_until"]) for row in rows]

    async def next_due(self) -> datetime | None:
        moment: datetime | None = await self._connection.fetchval(_NEXT_DUE, self._now)
        return moment

    async def events(
        self, tenant: str, after: int, types: Collection[str], limit: int, until: int | None
    ) -> list[LoggedEvent]:
        rows = await self._connection.fetch(_EVENTS, tenant, after, sorted(types), limit, until)
        return [LoggedEvent(**dict(row)) for row in rows]

    async def last(self, tenant: str) -> int:
        sql = "SELECT last_position FROM platform_log WHERE tenant_id = $1"
        return await self._connection.fetchval(sql, tenant) or 0

    async def save(self, claimed: Claimed, endpoint: Endpoint, attempts: Sequence[Attempt], *, release: bool) -> bool:
        place = (claimed.tenant, endpoint.subscription)
        saved = await self._connection.fetchval(_SAVE, *place, *_values(endpoint), claimed.epoch, release)
        if saved and attempts:
            names = ATTEMPT_COLUMNS.split(", ")
            columns = ([getattr(one, name) for one in attempts] for name in names)
            await self._connection.execute(_TRIED, *place, *columns)
        return saved is True

    async def forget(self, tenant: str, subscription: str) -> None:
        for table in ("webhook_endpoint", "webhook_attempt"):
            sql = f"DELETE FROM {table} WHERE tenant_id = $1 AND subscription = $2"  # noqa: S608  # names of ours
            await self._connection.execute(sql, tenant, subscription)

    async def endpoint(self, tenant: str, subscription: str, *, lock: bool = False) -> Endpoint | None:
        sql = "SELECT * FROM webhook_endpoint WHERE tenant_id = $1 AND subscription = $2"
        row = await self._connection.fetchrow(sql + (" FOR UPDATE" if lock else ""), tenant, subscription)
        return _endpoint(row) if row else None

    async def put(self, tenant: str, endpoint: Endpoint) -> None:
        await self._connection.execute(_PUT, tenant, endpoint.subscription, *_values(endpoint), self._now)

    async def failures(self, tenant: str, subscription: str, limit: int) -> list[Attempt]:
        return [attempt(row) for row in await self._connection.fetch(_FAILURES, tenant, subscription, limit)]

    async def attempts(self, tenant: str, subscription: str, event_id: UUID) -> list[Attempt]:
        return [attempt(row) for row in await self._connection.fetch(_ATTEMPTS, tenant, subscription, event_id)]

    async def deliveries(
        self, tenant: str, subscription: str, types: Collection[str], wanted: WantedDeliveries
    ) -> list[EventDelivery]:
        found = await find_deliveries(self._connection, tenant, subscription, types, wanted)
        return [delivery(row) for row in found]

    async def range(self, tenant: str, frm: datetime, to: datetime) -> tuple[int, int] | None:
        row = await self._connection.fetchrow(_RANGE, tenant, frm, to)
        return None if row["last"] is None else (row["before"], row["last"])

    async def sweep_log(self) -> None:
        for table, column in (("platform_event", "kept_at"), ("webhook_attempt", "at")):
            sql = f"DELETE FROM {table} WHERE {column} < $1::timestamptz - {_OLD}"  # noqa: S608  # names of ours
            await self._connection.execute(sql, self._now)


def _values(endpoint: Endpoint) -> tuple[Any, ...]:
    return tuple(getattr(endpoint, name) for name in _COLUMNS)


def _endpoint(row: Mapping[str, Any]) -> Endpoint:
    held = {name: row[name] for name in ("subscription", *_COLUMNS)}
    return Endpoint(**held | {"state": EndpointState(row["state"])})
