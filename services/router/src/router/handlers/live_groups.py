"""The groups that this process owns, for readers of the same process. Nothing uncommitted is shown."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from router.domain.engine import Engine
from router.domain.live import QueueView

T = TypeVar("T")
_Question = Callable[[Engine, int], Any]


class LiveGroup:
    """Questions that come while a transaction is open wait for its commit, or are answered None when it fails."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_settled = True
        self._waiting: list[tuple[_Question, asyncio.Future[Any]]] = []

    async def ask(self, question: _Question, now: int) -> Any:
        if self.is_settled:
            return question(self.engine, now)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, answer))
        return await answer

    def settle(self, now: int) -> None:
        self.is_settled = True
        for question, answer in self._take():
            if not answer.done():
                answer.set_result(question(self.engine, now))

    def give_up(self) -> None:
        self.is_settled = False
        for _, answer in self._take():
            if not answer.done():
                answer.set_result(None)

    def _take(self) -> list[tuple[_Question, asyncio.Future[Any]]]:
        waiting, self._waiting = self._waiting, []
        return waiting


class LiveGroups:
    """One per process; owners of partitions come and go."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[LiveGroup, Callable[[], int]]] = {}

    def serve(self, tenant: str, group: LiveGroup, now: Callable[[], int]) -> None:
        self._groups[tenant] = (group, now)

    def withdraw(self, groups: Iterable[tuple[str, LiveGroup]]) -> None:
        """An owner takes back its own groups only; its successor may serve them already."""
        for tenant, group in groups:
            held = self._groups.get(tenant)
            if held is not None and held[0] is group:
                del self._groups[tenant]
            group.give_up()

    def views(self) -> Iterator[QueueView]:
        """For figures: of the moment, committed or not."""
        for group, now in self._groups.values():
            yield from group.engine.queue_view(now())

    def early_commands(self) -> int:
        """How many wait for their turn, of the moment."""
        waiting = (early for group, _ in self._groups.values() for early in group.engine.state.early.values())
        return sum(map(len, waiting))

    def tenants(self) -> tuple[str, ...]:
        return tuple(self._groups)

    def owns(self, tenant: str) -> bool:
        return tenant in self._groups

    async def ask(self, tenant: str, question: Callable[[Engine, int], T]) -> T | None:
        """None when this process does not own the group, or is just losing it."""
        held = self._groups.get(tenant)
        if held is None:
            return None
        group, now = held
        answer: T | None = await group.ask(question, now())
        return answer
