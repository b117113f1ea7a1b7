"""The highest rate at which something holds, by trying."""

from collections.abc import Awaitable, Callable

LOWEST = 25.0
_HIGHEST = 3_200.0
_HALVINGS = 3


async def highest(holds: Callable[[float], Awaitable[bool]]) -> float:
    """Doubled from 25/s while it holds, then halved three times between the last that held and the first that didn't; 0 when none held."""
    held, rate = 0.0, LOWEST
    while rate <= _HIGHEST and await holds(rate):
        held, rate = rate, rate * 2
    too_much = rate
    for _ in range(_HALVINGS if held else 0):
        middle = (held + too_much) / 2
        if await holds(middle):
            held = middle
        else:
            too_much = middle
    return held
