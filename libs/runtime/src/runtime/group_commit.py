"""Batches that come while a transaction runs share the next one: of six partitions' round trips and flushes, one is left."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from runtime.inbox import Batch
from runtime.postgres import is_down

Commit = Callable[[Sequence[Batch]], Awaitable[None]]


class GroupCommit:
    """`commit` of many callers' batches at once. What fails together is tried alone: one's poison or lost lease is nobody else's."""

    def __init__(self, commit: Commit, most: int) -> None:
        """At `most` deliveries a transaction is full; a batch that is larger by itself goes alone."""
        self._commit = commit
        self._most = most
        self._turn = asyncio.Lock()
        self._waiting: dict[Batch, None] = {}
        self._failed: dict[Batch, Exception] = {}

    async def commit(self, batch: Batch) -> None:
        """Returns when it is committed. Raises what its own transaction raised."""
        self._waiting[batch] = None
        try:
            async with self._turn:
                while batch in self._waiting:
                    await asyncio.sleep(0)  # what came with the same fetch comes along
                    await self._commit_next()
            if error := self._failed.get(batch):
                raise error
        finally:
            self._waiting.pop(batch, None)
            self._failed.pop(batch, None)

    async def _commit_next(self) -> None:
        """Cancelled, it leaves the others' batches to the next in line."""
        group = self._next_group()
        error = await self._try(group)
        if error is None or len(group) == 1 or is_down(error):
            self._tell(group, error)
            return
        for batch in group:
            self._tell([batch], await self._try([batch]))

    async def _try(self, group: Sequence[Batch]) -> Exception | None:
        try:
            await self._commit(group)
        except Exception as error:  # noqa: BLE001  # each caller gets its own
            return error
        return None

    def _next_group(self) -> list[Batch]:
        group: list[Batch] = []
        size = 0
        for batch in self._waiting:
            size += len(batch.deliveries)
            if group and size > self._most:
                break
            group.append(batch)
        return group

    def _tell(self, group: Sequence[Batch], error: Exception | None) -> None:
        """Whoever has gone meanwhile is told nothing."""
        for batch in group:
            if batch in self._waiting:
                del self._waiting[batch]
                if error is not None:
                    self._failed[batch] = error
