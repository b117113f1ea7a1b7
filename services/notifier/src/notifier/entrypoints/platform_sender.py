"""The loop that sends events to tenants' own systems: one endpoint, one turn at a time, any number of endpoints at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from notifier.handlers.platform_ports import Claimed, LoggedEvent, PlatformLogs, Poster, Subscribed, Subscriptions
from notifier.handlers.registered import subscribed
from notifier.handlers.registry_ports import Registries
from notifier.handlers.send_events import MAX_EVENTS, Turn, send_events, tell_disabled, without_events
from runtime import logging
from runtime.errors import DependencyDown
from runtime.ports import Clock
from runtime.postgres import SYSTEM_TENANT
from runtime.unit_of_work import Transactions

_IDLE_SECONDS: Final = 1.0
_SWEEP: Final = timedelta(minutes=10)
_DRAIN_SECONDS: Final = 18.0
_log = logging.get("notifier.platform")


class PlatformSender:
    """`lease` is one turn's: its requests begin in the first part of it, so that the last one ends within."""

    def __init__(
        self,
        transactions: Transactions,
        logs: PlatformLogs,
        registries: Registries,
        subscriptions: Subscriptions,
        poster: Poster,
        clock: Clock,
        *,
        request_seconds: float,
        concurrency: int = 16,
    ) -> None:
        self._transactions = transactions
        self._logs = logs
        self._registries = registries
        self._subscriptions = subscriptions
        self._poster = poster
        self._clock = clock
        self._margin = timedelta(seconds=request_seconds + 10)
        self._lease = self._margin + timedelta(seconds=20)
        self._free = concurrency
        self._due = asyncio.Event()
        self._swept_at: datetime | None = None

    def wake(self) -> None:
        self._due.set()

    async def run(self) -> None:
        """Until cancelled; then no new turn begins, and those under way end or are left to their leases."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as turns:
            stopped = False
            try:
                await self._for_ever(turns)
            except asyncio.CancelledError:
                stopped = True
                limit.reschedule(loop.time() + _DRAIN_SECONDS)
        if stopped:
            raise asyncio.CancelledError

    async def _for_ever(self, turns: asyncio.TaskGroup) -> None:
        while True:
            self._due.clear()
            wait = _IDLE_SECONDS
            try:
                wait = await self.round(turns)
            except DependencyDown as failure:
                _log.warning("no events are sent: the database is away", extra={"code": failure.code})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._due.wait()

    async def round(self, turns: asyncio.TaskGroup) -> float:
        """One claim; the turns run on. Returns how long to wait for the next."""
        if self._free <= 0:
            return _IDLE_SECONDS
        async with self._transactions.begin(SYSTEM_TENANT) as work:
            log = self._logs(work)
            registry = self._registries(work)
            await self._sweep(log.sweep_log, registry.sweep)
            await self._subscriptions.refresh(registry)
            claimed = await log.claim(self._free, self._lease)
            next_due = await log.next_due()
        for one in claimed:
            self._free -= 1
            turns.create_task(self._turn(one))
        if next_due is None:
            return _IDLE_SECONDS
        return min(max((next_due - self._clock.now()).total_seconds(), 0.05), _IDLE_SECONDS)

    async def _sweep(self, *sweeps: Callable[[], Awaitable[None]]) -> None:
        now = self._clock.now()
        if self._swept_at is None or now - self._swept_at >= _SWEEP:
            self._swept_at = now
            for sweep in sweeps:
                await sweep()

    async def _turn(self, claimed: Claimed) -> None:
        """What can't be saved is sent again under the same ids when the lease is over."""
        try:
            await self._take_turn(claimed)
        except DependencyDown as failure:
            _log.warning("a turn is not recorded", extra={"tenant": claimed.tenant, "code": failure.code})
        except Exception as error:  # noqa: BLE001  # a bug must cost this endpoint its turn, not the loop its life
            _log.error("a turn failed", extra={"tenant": claimed.tenant}, exc_info=error)
        finally:
            self._free += 1
            self.wake()

    async def _take_turn(self, claimed: Claimed) -> None:
        found = await self._waiting(claimed)
        if found is None:
            return
        to, events, last = found
        if events:
            usable = _shortened(claimed, self._margin)
            turn = await send_events(usable, to, events, self._poster, self._clock.now)
        else:
            turn = Turn(without_events(claimed.endpoint, last))
        async with self._transactions.begin(claimed.tenant) as work:
            if await self._logs(work).save(claimed, turn.endpoint, turn.attempts, release=True):
                tell_disabled(claimed.endpoint, turn.endpoint, to.account, work)

    async def _waiting(self, claimed: Claimed) -> tuple[Subscribed, list[LoggedEvent], int] | None:
        """What is next, as the endpoint is registered at this moment; None, and forgotten, where nobody is subscribed any more."""
        endpoint, tenant = claimed.endpoint, claimed.tenant
        async with self._transactions.begin(tenant) as work:
            log = self._logs(work)
            to = await subscribed(tenant, endpoint.subscription, self._subscriptions, self._registries(work))
            if to is None:
                await log.forget(tenant, endpoint.subscription)
                return None
            last = await log.last(tenant)
            events = await log.events(tenant, endpoint.place, to.types, MAX_EVENTS, endpoint.replay_until)
        return to, events, last


def _shortened(claimed: Claimed, margin: timedelta) -> Claimed:
    return replace(claimed, until=claimed.until - margin)
