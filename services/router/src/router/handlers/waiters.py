"""Callers of this process who wait for their commands' results."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from router.handlers.ports import CommandResult

Awaited = asyncio.Future[CommandResult | None]


class Waiters:
    """One per process."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, UUID], set[Awaited]] = {}

    @contextmanager
    def expecting(self, tenant: str, command_id: UUID) -> Iterator[Awaited]:
        """The future gets the result once it is committed here, or None when this process no longer decides."""
        awaited: Awaited = asyncio.get_running_loop().create_future()
        others = self._waiting.setdefault((tenant, command_id), set())
        others.add(awaited)
        try:
            yield awaited
        finally:
            others.discard(awaited)
            if not others:
                self._waiting.pop((tenant, command_id), None)

    def resolve(self, results: Iterable[tuple[str, CommandResult]]) -> None:
        for tenant, result in results:
            self._tell(self._waiting.get((tenant, result.command_id), ()), result)

    def disappoint(self, tenants: Iterable[str]) -> None:
        gone = set(tenants)
        for (tenant, _), waiting in self._waiting.items():
            if tenant in gone:
                self._tell(waiting, None)

    def _tell(self, waiting: Iterable[Awaited], result: CommandResult | None) -> None:
        for awaited in waiting:
            if not awaited.done():
                awaited.set_result(result)
