"""What a batch has read of one tenant and not written yet, so that each table is asked and written once for all of its events.

The handlers don't know: they speak to the same ports. What isn't made for batches (an edit, a link, a merge: one in hundreds) has
everything before it written first and everything read again after it.
"""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Part(Protocol):
    async def flush(self) -> None:
        """Write what waits."""

    def forget(self) -> None:
        """What was read may have changed; nothing waits to be written."""


class Shelf:
    """Its parts write in the order in which rows refer to each other."""

    def __init__(self) -> None:
        self._parts: tuple[Part, ...] = ()

    def holds(self, *parts: Part) -> None:
        self._parts = parts

    async def flush(self) -> None:
        for part in self._parts:
            await part.flush()

    def forget(self) -> None:
        for part in self._parts:
            part.forget()


def settling(
    method: Callable[Concatenate[Any, _P], Coroutine[Any, Any, _T]],
) -> Callable[Concatenate[Any, _P], Coroutine[Any, Any, _T]]:
    """The plain method, between a write of all that waits and a look at everything anew."""

    async def settled(self: Any, /, *args: _P.args, **named: _P.kwargs) -> _T:
        await self._shelf.flush()
        try:
            return await method(self, *args, **named)
        finally:
            self._shelf.forget()

    return settled


def columns(lines: Iterable[tuple[object, ...]]) -> list[list[object]]:
    """Rows as the arrays that `unnest` takes; at least one row."""
    return [list(column) for column in zip(*lines, strict=True)]
