"""The highest rate at which something holds, by trying."""

from collections.abc import Awaitable, Callable

LOWEST = 25.0
_HIGHEST = 3_200.0
_HALVINGS = 3


async def highest(holds: Callable[[float], Awaitable[bool]]) -> float:
    """Doubled from 25/s while it holds, then halved three times between the last that held and the first that didn't; 0 when none held.

    A rate that doesn't hold is tried once more: one stall of a shared machine is no bound.
    """

    async def twice(rate: float) -> bool:
        return await holds(rate) or await holds(rate)

    held, rate = 0.0, LOWEST
    while rate <= _HIGHEST and await twice(rate):
        held, rate = rate, rate * 2
    too_much = rate
    for _ in range(_HALVINGS if held else 0):
        middle = (held + too_much) / 2
        if await twice(middle):
            held = middle
        else:
            too_much = middle
    return held
