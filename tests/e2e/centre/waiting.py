"""Waiting for a condition, with an end. Nothing here measures how long it took."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
SECONDS = 40.0
_LOOKS_EVERY = 0.1


async def until(ask: Callable[[], Awaitable[T | None]], what: str, seconds: float = SECONDS) -> T:
    """What `ask` finds first. Empty, false and None are not found yet."""
    try:
        async with asyncio.timeout(seconds):
            while not (found := await ask()):
                await asyncio.sleep(_LOOKS_EVERY)
    except TimeoutError:
        raise AssertionError(f"did not happen within {seconds:.0f} s: {what}") from None
    return found
