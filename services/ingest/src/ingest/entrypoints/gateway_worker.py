"""What a provider tells over a connection that we opened: each dispatch is a webhook without a signature, accepted in its order."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from ingest.entrypoints import metrics
from ingest.handlers.accept_dispatch import accept_dispatch
from ingest.handlers.reception import Reception
from runtime import logging
from runtime.errors import Failure

_log: Final = logging.get("ingest.gateway")
AGAIN_SECONDS: Final = 1.0

Accept = Callable[[bytes], Awaitable[None]]
Listen = Callable[[Accept], Awaitable[None]]
"""Calls for each dispatch as it came, one after the other, for as long as the connection can be kept or made again."""


@dataclass(frozen=True, slots=True)
class GatewayWorker:
    """A gateway repeats nothing: what can't be produced now is tried until it can, and what follows waits behind it."""

    account: str
    listen: Listen
    reception: Reception
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self) -> None:
        await self.listen(self._accept)

    async def _accept(self, raw: bytes) -> None:
        while True:
            try:
                types = await accept_dispatch(self.account, raw, self.reception)
            except Failure as failure:
                if not failure.retryable:
                    _log.error("a dispatch was refused", extra={"account": self.account, "code": failure.code})
                    return
                _log.warning("a dispatch waits", extra={"account": self.account, "code": failure.code})
                await self.wait(AGAIN_SECONDS)
                continue
            for event_type in types:
                metrics.EVENTS.labels("discord", event_type).inc()
            return
