"""Results of attempts into the store, many in one transaction: whoever comes first writes for all who wait."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from notifier.domain.delivery import Accept, Decision, Fail, Hold, Limits
from notifier.domain.outcome import Kind
from notifier.entrypoints import figures
from notifier.handlers.attempt_delivery import Attempted, record_attempt
from notifier.handlers.chat_feed import ChatFeeds
from notifier.handlers.ports import Routes, Stores
from runtime import logging, metrics, telemetry
from runtime.errors import DependencyDown
from runtime.postgres import SYSTEM_TENANT
from runtime.unit_of_work import Transactions, UnitOfWork

_MAX_BATCH: Final = 100
_GIVE_UP_SECONDS: Final = 30.0
_log = logging.get("notifier.recorder")


@dataclass(slots=True)
class _Ticket:
    attempted: Attempted
    done: bool = False
    has_ended: bool = False


class Recorder:
    """What can't be recorded within 30 s is left to its lease: the attempt then counts as one of unknown outcome."""

    def __init__(
        self, transactions: Transactions, stores: Stores, feeds: ChatFeeds, routes: Routes, limits: Limits
    ) -> None:
        self._transactions = transactions
        self._stores = stores
        self._feeds = feeds
        self._routes = routes
        self._limits = limits
        self._waiting: list[_Ticket] = []
        self._writing = asyncio.Lock()

    async def record(self, attempted: Attempted) -> bool:
        """Whether the delivery has ended and waits for no further attempt."""
        ticket = _Ticket(attempted)
        self._waiting.append(ticket)
        async with self._writing:
            if not ticket.done:
                batch, self._waiting = self._waiting[:_MAX_BATCH], self._waiting[_MAX_BATCH:]
                for taken in batch:
                    taken.done = True
                await self._write_all(batch)
        return ticket.has_ended

    async def _write_all(self, batch: Sequence[_Ticket]) -> None:
        try:
            await self._write_patiently(batch)
        except Exception as error:  # noqa: BLE001  # one unwritable result must not take the others with it
            if len(batch) > 1:
                for one in batch:
                    await self._write_all([one])
                return
            delivery = batch[0].attempted.delivery
            extra = {"delivery_id": str(delivery.id), "attempt": delivery.attempt}
            _log.error("a result could not be recorded; its lease will end it", extra=extra, exc_info=error)

    async def _write_patiently(self, batch: Sequence[_Ticket]) -> None:
        loop = asyncio.get_running_loop()
        give_up, wait = loop.time() + _GIVE_UP_SECONDS, 0.1
        while True:
            try:
                return await self._write(batch)
            except DependencyDown:
                if loop.time() + wait > give_up:
                    raise
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)

    async def _write(self, batch: Sequence[_Ticket]) -> None:
        """In a fixed order of rows, so that two instances can't lock each other out."""
        decided: list[tuple[_Ticket, Decision]] = []
        async with self._transactions.begin(SYSTEM_TENANT) as work:
            for ticket in sorted(batch, key=_place):
                decision = await self._record(ticket.attempted, work)
                if decision is not None:
                    decided.append((ticket, decision))
        for ticket, decision in decided:
            ticket.has_ended = isinstance(decision, Accept | Fail | Hold)
            _count(ticket.attempted, decision)

    async def _record(self, attempted: Attempted, work: UnitOfWork) -> Decision | None:
        with telemetry.continue_from(attempted.traceparent or attempted.delivery.traceparent):
            return await record_attempt(
                attempted, self._stores(work), self._feeds(work), work, self._routes, self._limits
            )


def _place(ticket: _Ticket) -> tuple[str, str, str, UUID]:
    delivery = ticket.attempted.delivery
    return (delivery.tenant, delivery.path.account, delivery.path.address.value, delivery.id)


def _count(attempted: Attempted, decision: Decision) -> None:
    channel = attempted.delivery.path.channel
    match decision:
        case Accept():
            figures.DELIVERIES.labels(channel, Kind.ACCEPTED).inc()
            seconds = (attempted.ended_at - attempted.delivery.requested_at).total_seconds()
            metrics.END_TO_END.labels("reply_to_provider").observe(max(0.0, seconds))
        case Fail(code=code):
            figures.DELIVERIES.labels(channel, code).inc()
        case Hold():
            figures.DELIVERIES.labels(channel, "held").inc()
