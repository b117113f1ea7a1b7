"""Leases of bots that answer nobody run out, and conversations that people left go back: looked at every second, by every replica."""

import asyncio
from typing import Any, Final, Protocol
from uuid import UUID

from case_store.entrypoints.doors import Begins, WorkFactory
from case_store.handlers.time_out_case import time_out_case
from runtime import logging, telemetry
from runtime.errors import DependencyDown
from runtime.postgres import SYSTEM_TENANT

_EVERY_SECONDS: Final = 1.0
_AT_ONCE: Final = 200
_log: Final = logging.get("case_store.bots")


class Due(Protocol):
    async def __call__(self, connection: Any, limit: int) -> list[tuple[str, UUID]]:
        """Tenant and case, the longest due first."""
        ...


class BotClock:
    def __init__(self, transactions: Begins, works: WorkFactory, due: Due) -> None:
        self._transactions = transactions
        self._works = works
        self._due = due

    async def run(self) -> None:
        while True:
            try:
                found = await self.round()
            except DependencyDown as failure:
                _log.warning("leases of bots wait for the database", extra={"code": failure.code})
                found = 0
            if found < _AT_ONCE:
                await asyncio.sleep(_EVERY_SECONDS)

    async def round(self) -> int:
        """One transaction a case. How many were looked after; another replica may have been quicker with them."""
        async with self._transactions.read(SYSTEM_TENANT) as connection:
            due = await self._due(connection, _AT_ONCE)
        return sum([await self._time_out(tenant, case_id) for tenant, case_id in due])

    async def _time_out(self, tenant: str, case_id: UUID) -> bool:
        """In the trace of the message that nobody answered."""
        try:
            async with self._transactions.begin(tenant) as unit:
                work = self._works(unit)
                asked = await work.history.last_trace(case_id)
                with telemetry.span("time out bot", parent=asked):
                    await time_out_case(case_id, work)
        except DependencyDown:
            raise
        except Exception as error:  # noqa: BLE001  # a bug must cost this case its time-out, not the loop its life
            _log.error("a case can't be timed out", extra={"tenant": tenant}, exc_info=error)
            return False
        return True
