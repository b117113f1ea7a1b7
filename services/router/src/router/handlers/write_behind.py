"""One chunk of a batch is written while the next is decided, all in the batch's transaction.

Deciding takes this process's core, writing mostly the database's: one after the other, each core would wait for the other.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final

_CHUNK: Final = 256
_LAST_CHUNK: Final = 64


class Chunks:
    """Of so many decisions. They grow smaller at the end, where nothing is left to decide while they are written."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._begun = 0

    def ends(self, at: int) -> bool:
        """Whether so many decisions are enough for the next chunk. What is behind the last one is written when all is decided."""
        left = self._count - self._begun
        return left > _LAST_CHUNK and at - self._begun >= max(min(_CHUNK, left // 2), _LAST_CHUNK)

    def begin(self, at: int) -> None:
        self._begun = at


class WriteBehind:
    """`put` a chunk; `turn` now and then, so that the writing gets on.

    While it `is_busy` a chunk may well grow larger: deciding need not wait.
    """

    def __init__(self, group: asyncio.TaskGroup) -> None:
        self._group = group
        self._writing: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        return self._writing is not None and not self._writing.done()

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
