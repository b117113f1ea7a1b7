"""One chunk of a batch is written while the next is decided, all in the batch's transaction.

Deciding takes this process's core, writing mostly the database's: one after the other, each core would wait for the other.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final

_CHUNK: Final = 256
_LAST_CHUNK: Final = 64


def chunk_ends(count: int) -> frozenset[int]:
    """After how many decisions a write begins. Chunks grow smaller at the end, where nothing is left to decide meanwhile.

    Ends are multiples of eight; what is behind the last one is written when all is decided.
    """
    ends: set[int] = set()
    at = 0
    while count - at > _LAST_CHUNK:
        at += max(min(_CHUNK, (count - at) // 2), _LAST_CHUNK) // 8 * 8
        ends.add(at)
    return frozenset(ends)


class WriteBehind:
    """`put` a chunk when the one before is written; `turn` now and then, so that the writing gets on."""

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._writing: asyncio.Task[None] | None = None

    async def put(self, write: Awaitable[None]) -> None:
        await self.finish()
        self._writing = self._group.create_task(_done(write))

    async def finish(self) -> None:
        if self._writing is not None:
            await self._writing
            self._writing = None

    async def turn(self) -> None:
        if self._writing is not None:
            await asyncio.sleep(0)


async def _done(write: Awaitable[None]) -> None:
    await write


@asynccontextmanager
async def write_behind() -> AsyncIterator[WriteBehind]:
    """At its end all is written. A failure comes out as itself: callers tell a database that is down from a bug by its type."""
    try:
        async with asyncio.TaskGroup() as group:
            behind = WriteBehind(group)
            yield behind
            await behind.finish()
    except BaseExceptionGroup as failed:
        raise _first(failed) from failed


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
