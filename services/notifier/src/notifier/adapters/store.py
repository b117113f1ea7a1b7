"""The deliveries in Postgres, inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from notifier.adapters import rows
from notifier.adapters import statements as sql
from notifier.domain.choose_path import Method, Way
from notifier.domain.delivery import State
from notifier.handlers.ports import AttemptRecord, Change, Delivery, Due, Leases, NewDelivery, ParkedReceipt
from runtime.errors import Fenced


class Transaction(Protocol):
    """Its `tenant` may change on the way; `now` may not."""

    @property
    def connection(self) -> asyncpg.Connection: ...

    @property
    def tenant(self) -> str: ...

    @property
    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class View:
    """A read-only transaction of one tenant."""

    connection: asyncpg.Connection
    tenant: str
    now: datetime


class PostgresDeliveries:
    """The transaction's tenant scopes what is looked up by id; claims and leases see what the connection may see."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._transaction = transaction

    @property
    def _tenant(self) -> str:
        return self._transaction.tenant

    @property
    def _now(self) -> datetime:
        return self._transaction.now

    async def add(self, new: NewDelivery) -> bool:
        first = new.paths[0]
        values = (
            new.tenant,
            new.id,
            new.case_id,
            first.conversation_id,
            new.author.model_dump_json(),
            new.content.model_dump_json(exclude_none=True),
            rows.paths_to_json(new.paths),
            new.idempotency_key,
            new.requested_at,
            new.expires_at,
            new.traceparent,
            first.channel,
            first.account,
            first.address.value,
            self._now,
            rows.event_to_json(new.event),
        )
        return await self._connection.fetchval(sql.ADD, *values) is True

    async def due(self, limit: int) -> Due:
        found = await self._connection.fetch(sql.DUE, limit, self._now)
        deliveries = [rows.delivery(row) for row in found if row["id"] is not None]
        return Due(sorted(deliveries, key=lambda one: (one.next_attempt_at, one.sequence)), found[0]["next_due"])

    async def take(self, begun: Sequence[tuple[Delivery, Way | None]], leases: Leases) -> None:
        places = zip(*(_place(delivery, way) for delivery, way in begun), strict=True)
        stamp = (self._now, leases.lease, leases.max_hold, leases.owner)
        try:
            await self._connection.execute(sql.TAKE, *stamp, *map(list, places))
        except asyncpg.UniqueViolationError:
            raise Fenced("another sender took a message of the same conversation at this moment") from None

    async def next_due(self) -> datetime | None:
        moment: datetime | None = await self._connection.fetchval(sql.NEXT_DUE)
        return moment

    async def abandon(self, owner: str) -> None:
        await self._connection.execute(sql.ABANDON, owner, self._now)

    async def expired_leases(self, limit: int) -> list[Delivery]:
        return [rows.delivery(row) for row in await self._connection.fetch(sql.EXPIRED_LEASES, limit, self._now)]

    async def save(
        self, delivery: Delivery, change: Change, attempt: AttemptRecord | None, frm: Sequence[State]
    ) -> bool:
        identity = (delivery.tenant, delivery.id, delivery.attempt, list(frm))
        values = (*identity, *self._columns(change), *_attempt_columns(attempt))
        return await self._connection.fetchval(sql.SAVE, *values) is True

    def _columns(self, change: Change) -> tuple[Any, ...]:
        ids = change.provider_message_ids
        return (
            change.state,
            change.doubtful_since,
            change.next_attempt_at,
            change.failures,
            change.faults,
            rows.closed_to_json(change.closed),
            change.parts_done,
            change.parts_total,
            None if ids is None else list(ids),
            change.code,
            change.reason,
            self._now if change.finished else None,
            int(change.uncounted),
        )

    async def release(self, delivery: Delivery, until: datetime) -> bool:
        identity = (delivery.tenant, delivery.id, delivery.attempt)
        return await self._connection.fetchval(sql.RELEASE, *identity, until) is True

    async def advance(
        self, delivery: Delivery, parts_done: int, ids: tuple[str, ...], method: Method, lease: timedelta
    ) -> bool:
        identity = (delivery.tenant, delivery.id, delivery.attempt)
        progress = (parts_done, list(ids), method, self._now, lease)
        return await self._connection.fetchval(sql.ADVANCE, *identity, *progress) is True

    async def get(self, id: UUID, *, lock: bool = False) -> Delivery | None:
        row = await self._connection.fetchrow(sql.GET + (" FOR UPDATE" if lock else ""), self._tenant, id)
        return None if row is None else rows.delivery(row)

    async def attempts(self, id: UUID) -> list[AttemptRecord]:
        return [rows.attempt(row) for row in await self._connection.fetch(sql.ATTEMPTS, self._tenant, id)]

    async def listed(self, state: State | None, after: int, limit: int) -> list[Delivery]:
        found = await self._connection.fetch(sql.LISTED, self._tenant, state, after, limit)
        return [rows.delivery(row) for row in found]

    async def approve(self, delivery: Delivery, by: str) -> None:
        await self._connection.execute(sql.APPROVE, delivery.tenant, delivery.id, by)

    async def redrive(self, delivery: Delivery, expires_at: datetime) -> bool:
        values = (delivery.tenant, delivery.id, self._now, expires_at, delivery.state)
        return await self._connection.fetchval(sql.REDRIVE, *values) is True

    async def owns_provider_id(self, account: str, provider_message_id: str) -> bool:
        return await self._connection.fetchval(sql.OWNS, self._tenant, account, provider_message_id) is True

    async def doubtful(self, account: str, recipient: str) -> list[Delivery]:
        found = await self._connection.fetch(sql.DOUBTFUL, self._tenant, account, recipient)
        return [rows.delivery(row) for row in found]

    async def park(self, receipt: ParkedReceipt) -> None:
        await self._connection.execute(
            sql.PARK,
            self._tenant,
            receipt.account,
            receipt.provider_message_id,
            receipt.recipient,
            receipt.status,
            receipt.reason,
            receipt.occurred_at,
        )

    async def parked(self, account: str, recipient: str) -> list[ParkedReceipt]:
        found = await self._connection.fetch(sql.PARKED, self._tenant, account, recipient)
        return [rows.parked(row) for row in found]

    async def unpark(self, account: str, provider_message_ids: Sequence[str]) -> None:
        await self._connection.execute(sql.UNPARK, self._tenant, account, list(provider_message_ids))

    async def sweep(self) -> None:
        await self._connection.execute(sql.SWEEP, self._now)
        await self._connection.execute(sql.SWEEP_CHAT, self._now)

    async def waiting(self) -> dict[str, int]:
        return {row["state"]: row["count"] for row in await self._connection.fetch(sql.WAITING)}


def _place(delivery: Delivery, way: Way | None) -> tuple[Any, ...]:
    if way is None:
        return (delivery.tenant, delivery.id, None, None, None, None, None)
    path = delivery.paths[way.path]
    return (delivery.tenant, delivery.id, way.path, str(way.method), path.channel, path.account, path.address.value)


def _attempt_columns(attempt: AttemptRecord | None) -> tuple[Any, ...]:
    if attempt is None:
        return (None,) * 10
    return (
        attempt.n,
        attempt.started_at,
        attempt.ended_at,
        attempt.channel,
        attempt.account,
        attempt.method,
        attempt.outcome,
        attempt.code,
        attempt.reason,
        attempt.http_status,
    )
