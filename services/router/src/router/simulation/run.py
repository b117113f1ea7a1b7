"""Days one after the other until enough steps are played."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from router.simulation.day import Day
from router.simulation.player import Player
from router.simulation.shrink import breaks, shrink
from router.simulation.steps import Step

STEPS_A_DAY = 2_500


@dataclass(frozen=True, slots=True)
class Failure:
    """`steps` is what is left after shrinking."""

    seed: int
    after: int
    error: Exception
    steps: list[Step]


@dataclass(slots=True)
class Result:
    steps: int = 0
    days: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    failure: Failure | None = None


def run(steps: int, seed: int, progress: Callable[[Result], None] | None = None) -> Result:
    """Each day has its own seed, the first the given one."""
    result = Result()
    while result.steps < steps and result.failure is None:
        _play_day(result, seed + result.days, min(STEPS_A_DAY, steps - result.steps))
        result.days += 1
        if progress is not None:
            progress(result)
    return result


def _play_day(result: Result, seed: int, steps: int) -> None:
    player, played = Player(seed), list[Step]()
    day = Day(seed, player)
    for _ in range(steps):
        played.append(day.next_step())
        try:
            player.play(played[-1])
        except Exception as error:  # noqa: BLE001 (any failure of the engine is what is looked for)
            left = shrink(played, lambda rest: breaks(seed, rest) is not None)
            result.failure = Failure(seed, len(played), error, left)
            break
    result.steps += len(played)
    result.seen.update(player.seen)
