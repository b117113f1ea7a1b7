"""One Postgres transaction: effects and the events that tell of them, together or not at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from contracts.base import Contract, format_instant
from contracts.envelope import Envelope, headers, seal
from contracts.topics import Topic
from runtime import outbox, telemetry
from runtime.batches import RawRecord
from runtime.errors import DependencyDown
from runtime.ids import SystemIds, event_id, event_id_text
from runtime.outbox import OutboxRow, Written
from runtime.outbox_lane import OutboxLane
from runtime.ports import Ids
from runtime.postgres import SYSTEM_TENANT, Database, is_down
from runtime.producer import EventProducer

_ANSWER_WAITS_SECONDS: Final = 0.5
_MOST_LINKS: Final = 100


class UnitOfWork:
    """What a handler works on. The edge that made it commits; handlers never do."""

    def __init__(
        self,
        connection: asyncpg.Connection,
        *,
        tenant: str,
        now: datetime,
        source: str,
        lane: str,
        ids: Ids | None = None,
    ) -> None:
        """`lane`: the outbox of what is emitted."""
        self.connection = connection
        self.tenant = tenant
        self.now = now
        self._source = source
        self._lane = self._usual_lane = lane
        self._lane_of: Mapping[UUID, str] = {}
        self._ids: Ids = ids or SystemIds()
        self._time = format_instant(now)
        self._cause: UUID | None = None
        self._cause_text: str | None = None
        self._dropped: str | None = None
        self._header: str | None = None
        self._own: str | None = None
        self._uncaused = 0
        self._caused = 0
        self._rows: list[OutboxRow] = []
        self._written: list[Written] = []
        self._after_commit: list[Callable[[], None]] = []

    async def act_for(self, tenant: str) -> None:
        """From here on rows of this tenant are seen and written, and of no other."""
        if tenant != self.tenant:
            await self.connection.execute("SELECT set_config('app.tenant', $1, true)", tenant)
            self.tenant = tenant

    def because_of(self, cause: UUID, traceparent: str | None = None) -> None:
        """Events emitted from here on follow from this one; their ids derive from it, so that a replay repeats them.

        With a `traceparent`, which is of a trace that nobody keeps, they carry it on, else the current span's.
        """
        self._cause = cause
        self._lane = self._lane_of.get(cause, self._usual_lane)
        self._cause_text = str(cause)
        self._dropped = self._header = traceparent
        self._caused = 0

    def shared(self, lane_of: Mapping[UUID, str]) -> None:
        """Several partitions' batches are worked on: what follows from one of these events leaves by the lane of its partition."""
        self._lane_of = lane_of

    @property
    def traceparent(self) -> str | None:
        """Where in which trace this is; None also when nobody keeps that trace."""
        if self._dropped is not None:
            return None
        header = telemetry.traceparent()
        return None if telemetry.is_unsampled(header) else header

    def fires(self, what: str, armed: Iterable[str]) -> AbstractContextManager[object]:
        """Around what time made due: a span linked to the traces in which it was armed. What is emitted has no other cause."""
        self._cause = self._cause_text = self._dropped = self._header = None
        self._lane = self._usual_lane
        links = tuple(armed)[:_MOST_LINKS]
        return telemetry.span(f"fire {what}", links=links) if links else nullcontext()

    def emit(self, topic: Topic, key: str, event: Contract, *, id: UUID | None = None) -> UUID:
        """An outbox row of this transaction; returns the event's id. Raises EventTooLarge."""
        identity = id or self._next_id(type(event).__name__)
        envelope = Envelope(
            id=identity,
            tenant=self.tenant,
            source=self._source,
            time=self.now,
            data=event,
            traceparent=telemetry.traceparent(),
            causation_id=self._cause,
        )
        self._rows.append(outbox.row_of(self._lane, topic, key, envelope))
        return identity

    def emit_told(self, topic: Topic, key: str, kind: type[Contract], data: bytes) -> str:
        """Without validation and the envelope's objects, which cost more than the JSON itself, thousands of times a second."""
        name, traceparent = kind.__name__, self._header or telemetry.traceparent()
        if self._cause_text is None:
            id = self._uncaused_id(name)
        else:
            self._caused += 1
            self._header = traceparent
            id = event_id_text(self._source, self._cause_text, name, str(self._caused))
        value = seal(
            data,
            id=id,
            type=name,
            tenant=self.tenant,
            source=self._source,
            time=self._time,
            traceparent=traceparent,
            causation_id=self._cause_text,
        )
        record = RawRecord(topic.name, key.encode(), value, tuple(headers(id, name, traceparent)))
        self._rows.append(OutboxRow(self._lane, self.tenant, record))
        return id

    def emit_raw(self, record: RawRecord, lane: str | None = None) -> None:
        self._rows.append(OutboxRow(lane or self._lane, self.tenant, record))

    def after_commit(self, call: Callable[[], None]) -> None:
        self._after_commit.append(call)

    def _uncaused_id(self, event: str) -> str:
        """From one new identity for all that the transaction tells so: a hash costs a third of a new identity each."""
        if self._own is None:
            self._own = str(self._ids.new())
        self._uncaused += 1
        return event_id_text(self._source, self._own, event, str(self._uncaused))

    def _next_id(self, event: str) -> UUID:
        if self._cause is None:
            return self._ids.new()
        self._caused += 1
        return event_id(self._source, str(self._cause), event, str(self._caused))

    async def write_emitted(self) -> None:
        """What was emitted so far is written while more is decided, if all of it is this tenant's; else it waits for the edge."""
        if all(row.tenant == self.tenant for row in self._rows):
            await self._write_rows()

    async def write_outbox(self) -> list[Written]:
        """For the edge, right before commit. Returns all that the transaction wrote, in order."""
        if any(row.tenant != self.tenant for row in self._rows):
            await self.act_for(SYSTEM_TENANT)
        await self._write_rows()
        return self._written

    async def _write_rows(self) -> None:
        rows, self._rows = self._rows, []
        if rows:
            self._written += await outbox.write(self.connection, rows)

    def committed(self) -> None:
        """For the edge, right after commit."""
        for call in self._after_commit:
            call()


class Transactions:
    """Transactions of an API or a loop: begun for one tenant, published through this process's own lane."""

    def __init__(self, database: Database, lane: OutboxLane, source: str) -> None:
        self._database = database
        self._lane = lane
        self._source = source

    @asynccontextmanager
    async def begin(self, tenant: str) -> AsyncIterator[UnitOfWork]:
        """Commits at exit, rolls back on an exception. `SYSTEM_TENANT` is for the service's own loops.

        After the commit it waits up to 0.5 s for the broker, so that two requests in sequence arrive in sequence; the row is safe anyway.
        """
        pool = self._database.system if tenant == SYSTEM_TENANT else self._database.tenants
        rows: Sequence[Written] = ()
        async with _down_as_failure(), pool.acquire(timeout=5) as connection:
            try:
                async with connection.transaction():
                    now = await connection.fetchval("SELECT now() FROM set_config('app.tenant', $1, true)", tenant)
                    work = UnitOfWork(connection, tenant=tenant, now=now, source=self._source, lane=self._lane.name)
                    yield work
                    rows = await work.write_outbox()
            except BaseException:
                if rows:  # it was the commit that failed, or its answer was lost
                    self._lane.doubt()
                raise
            connection.committed()
            work.committed()
            self._lane.put(rows)
        if rows:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ANSWER_WAITS_SECONDS):
                    await self._lane.flushed()

    @asynccontextmanager
    async def read(self, tenant: str) -> AsyncIterator[asyncpg.Connection]:
        """One consistent, read-only view of this tenant's rows."""
        async with (
            _down_as_failure(),
            self._database.tenants.acquire(timeout=5) as connection,
        ):
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                await connection.execute("SELECT set_config('app.tenant', $1, true)", tenant)
                yield connection
            connection.committed()


@asynccontextmanager
async def _down_as_failure() -> AsyncIterator[None]:
    try:
        yield
    except Exception as error:
        if is_down(error):
            raise DependencyDown(f"Postgres: {type(error).__name__}") from error
        raise


@asynccontextmanager
async def open_transactions(
    database: Database, producer: EventProducer, *, source: str, lane: str
) -> AsyncIterator[Transactions]:
    """`lane` names this process for ever (a StatefulSet's ordinal): after a crash the same name publishes what was left."""
    outbox_lane = OutboxLane(lane, database, producer)
    await outbox_lane.recover()
    async with asyncio.TaskGroup() as group:
        relay = group.create_task(outbox_lane.run())
        try:
            yield Transactions(database, outbox_lane, source)
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(3):
                    await outbox_lane.flushed()
            relay.cancel()
