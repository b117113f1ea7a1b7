"""The loop that sends: claims what is due, attempts it, records it. Any number of instances may run."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from opentelemetry.trace import Span

from notifier.domain.choose_path import Method, Way
from notifier.domain.delivery import Limits
from notifier.entrypoints import figures
from notifier.entrypoints.recorder import Recorder
from notifier.handlers.attempt_delivery import Attempted, attempt_delivery, expire_leases
from notifier.handlers.claim_deliveries import claim_deliveries
from notifier.handlers.ports import Carrier, Deferred, Delivery, Leases, Routes, Stores
from runtime import logging, telemetry
from runtime.errors import DependencyDown, Fenced
from runtime.ports import Clock
from runtime.postgres import SYSTEM_TENANT
from runtime.unit_of_work import Transactions

_log = logging.get("notifier.sender")
_IDLE_SECONDS: Final = 1.0
_BLOCKED_SECONDS: Final = 0.25
_HOUSEKEEPING: Final = timedelta(seconds=1)
_COUNT_EVERY: Final = 5
_SWEEP: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """`concurrency`: attempts of this process at once. `drain_seconds`: what they get to end when the process stops."""

    concurrency: int = 64
    drain_seconds: float = 18.0
    delivery: Limits = field(default_factory=Limits)
    leases: Leases = field(default_factory=Leases)


class Sender:
    """`run` until cancelled; then no new attempt begins, and those under way end and are recorded."""

    def __init__(
        self,
        transactions: Transactions,
        stores: Stores,
        carrier: Carrier,
        routes: Routes,
        recorder: Recorder,
        clock: Clock,
        limits: SenderLimits,
    ) -> None:
        self._transactions = transactions
        self._stores = stores
        self._carrier = carrier
        self._routes = routes
        self._recorder = recorder
        self._clock = clock
        self._limits = limits
        self._due = asyncio.Event()
        self._in_flight = 0
        self._left_behind = True
        self._kept_house_at: datetime | None = None
        self._swept_at: datetime | None = None
        self._began = False
        self._rounds_of_house = 0

    def wake(self) -> None:
        """Something may be due now."""
        self._due.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit:
            async with asyncio.TaskGroup() as sends:
                stopped = False
                try:
                    await self._send_for_ever(sends)
                except asyncio.CancelledError:
                    stopped = True
                    limit.reschedule(loop.time() + self._limits.drain_seconds)
        if stopped:
            raise asyncio.CancelledError

    async def _send_for_ever(self, sends: asyncio.TaskGroup) -> None:
        while True:
            self._due.clear()
            wait = await self._safe_round(sends)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._due.wait()

    async def _safe_round(self, sends: asyncio.TaskGroup) -> float | None:
        """The database's absence and a race lost to another instance are no reason to end."""
        try:
            return await self.round(sends)
        except DependencyDown as failure:
            _log.warning("nothing is sent: the database is away", extra={"code": failure.code})
            return _IDLE_SECONDS
        except Fenced:
            return 0.05

    async def round(self, sends: asyncio.TaskGroup) -> float | None:
        """One claim. Returns how long to wait for the next one; None: until an attempt ends."""
        await self._keep_house()
        self._left_behind = True
        free = self._limits.concurrency - self._in_flight
        if free <= 0:
            return None
        claimed, next_due = await self._claim(free)
        self._in_flight += len(claimed)
        figures.IN_FLIGHT.set(self._in_flight)
        for delivery in claimed:
            sends.create_task(self._send(delivery))
        if len(claimed) == free:
            return None
        left = None if next_due is None else (next_due - self._clock.now()).total_seconds()
        self._left_behind = left is not None and left <= 0
        return _BLOCKED_SECONDS if self._left_behind else min(_IDLE_SECONDS, left or _IDLE_SECONDS)

    async def _claim(self, free: int) -> tuple[Sequence[Delivery], datetime | None]:
        async with self._transactions.begin(SYSTEM_TENANT) as work:
            store = self._stores(work)
            limits = self._limits
            claimed = await claim_deliveries(store, work, self._routes, limits.delivery, limits.leases, free)
            if not claimed.others:
                return claimed.ready, claimed.next_due
            await work.act_for(SYSTEM_TENANT)
            return claimed.ready, await store.next_due()

    async def _send(self, delivery: Delivery) -> None:
        """The loop looks again where it left something behind, which this one may have held back, or if this one goes on itself."""
        has_ended = False
        try:
            attempted = await self._attempt(delivery)
            has_ended = await self._recorder.record(attempted)
        finally:
            self._in_flight -= 1
            figures.IN_FLIGHT.set(self._in_flight)
            if self._left_behind or not has_ended:
                self.wake()

    async def _attempt(self, delivery: Delivery) -> Attempted:
        way = delivery.chosen or Way(0, Method.PUSH)
        channel = delivery.paths[way.path].channel
        with (
            figures.PROVIDER_SECONDS.labels(channel).time(),
            telemetry.span(
                f"send {channel}",
                "client",
                parent=delivery.traceparent,
                madoguchi__tenant=delivery.tenant,
                madoguchi__message_id=str(delivery.id),
                madoguchi__attempt=delivery.attempt,
                madoguchi__method=way.method,
            ) as span,
        ):

            async def save_part(parts: int, ids: tuple[str, ...], method: Method) -> bool:
                async with self._transactions.begin(delivery.tenant) as work:
                    store = self._stores(work)
                    return await store.advance(delivery, parts, ids, method, self._limits.leases.lease)

            attempted = await attempt_delivery(
                delivery, way, self._carrier, save_part, self._clock, telemetry.traceparent
            )
            _describe(span, attempted)
            return attempted

    async def _keep_house(self) -> None:
        """At the start, what an earlier life of this process left; then expired leases once a second, old receipts every ten minutes."""
        now = self._clock.now()
        if self._kept_house_at is not None and now - self._kept_house_at < _HOUSEKEEPING:
            return
        self._kept_house_at = now
        async with self._transactions.begin(SYSTEM_TENANT) as work:
            store = self._stores(work)
            if not self._began:
                await store.abandon(self._limits.leases.owner)
            found = await expire_leases(store, work, self._routes, self._limits.delivery, 100)
            await work.act_for(SYSTEM_TENANT)
            if self._swept_at is None or now - self._swept_at >= _SWEEP:
                self._swept_at = now
                await store.sweep()
            if self._rounds_of_house % _COUNT_EVERY == 0:
                _show(await store.waiting())
        self._began = True
        self._rounds_of_house += 1
        if found:
            _log.warning("attempts without an end found", extra={"count": found})


def _describe(span: Span, attempted: Attempted) -> None:
    result = attempted.result
    if isinstance(result, Deferred):
        figures.DEFERRED.labels(attempted.delivery.path.channel).inc()
        span.set_attribute("madoguchi.outcome", "deferred")
        return
    span.set_attribute("madoguchi.outcome", result.outcome.code)
    if result.outcome.http_status is not None:
        span.set_attribute("http.response.status_code", result.outcome.http_status)


def _show(
    waiting: dict[str, int], states: Sequence[str] = ("pending", "sending", "retry", "ambiguous", "held")
) -> None:
    for state in states:
        figures.WAITING.labels(state).set(waiting.get(state, 0))
