"""Waiting for what gives no signal: another process, a file lock, a port."""

import asyncio
from collections.abc import Callable

POLL_SECONDS = 0.03


async def until(done: Callable[[], bool], *, every: float = POLL_SECONDS) -> None:
    """Return once `done` says yes. Bound it from outside with asyncio.timeout."""
    while True:
        if done():
            return
        await asyncio.sleep(every)
