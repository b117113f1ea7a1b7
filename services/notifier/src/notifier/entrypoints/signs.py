"""The loop that shows signs of the moment. What finds no place in its short queue is dropped: it would come too late."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from contracts.outbound import SignalRequested
from runtime import logging

_log: Final = logging.get("notifier.signs")
PLACES: Final = 256
WORKERS: Final = 8

Show = Callable[[str, SignalRequested], Awaitable[str]]


class Signs:
    def __init__(self, knows: Callable[[str], bool], show: Show) -> None:
        self._knows = knows
        self._show = show
        self._waiting: asyncio.Queue[tuple[str, SignalRequested]] = asyncio.Queue(PLACES)

    def offer(self, tenant: str, request: SignalRequested) -> None:
        if self._knows(request.path.channel) and not self._waiting.full():
            self._waiting.put_nowait((tenant, request))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(self._work())

    async def _work(self) -> None:
        while True:
            tenant, request = await self._waiting.get()
            await self._shown(tenant, request)

    async def _shown(self, tenant: str, request: SignalRequested) -> None:
        """A sign is never worth the process."""
        try:
            await self._show(tenant, request)
        except Exception as error:  # noqa: BLE001  # whatever it is, messages go on
            _log.warning("a sign could not be shown", extra={"code": type(error).__name__, "tenant": tenant})
