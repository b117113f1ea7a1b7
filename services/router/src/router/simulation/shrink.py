"""From a day that breaks something to the few steps that do it."""

from collections.abc import Callable, Sequence

from router.simulation.player import Player
from router.simulation.steps import Step

MOST_TRIES = 2_000


def breaks(seed: int, steps: Sequence[Step]) -> Exception | None:
    """What goes wrong when these steps are played; None when nothing does."""
    player = Player(seed)
    for step in steps:
        try:
            player.play(step)
        except Exception as error:  # noqa: BLE001 (any failure of the engine is what is looked for)
            return error
    return None


def shrink(steps: Sequence[Step], fails: Callable[[Sequence[Step]], bool]) -> list[Step]:
    """Leaves out ever smaller parts as long as the rest fails too."""
    left, size, tries = list(steps), len(steps) // 2, 0
    while size > 0 and tries < MOST_TRIES:
        at = 0
        while at < len(left) and tries < MOST_TRIES:
            without = left[:at] + left[at + size :]
            tries += 1
            if fails(without):
                left = without
            else:
                at += size
        size = min(size // 2, len(left) // 2) if len(left) > 1 else 0
    return left
