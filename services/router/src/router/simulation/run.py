"""Days one after the other until enough steps are played."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from router.simulation.day import Day
from router.simulation.player import Player
from router.simulation.shrink import breaks, shrink
from router.simulation.steps import Step

STEPS_A_DAY = 2_500
SEEDS_APART = 1_000_000


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


def run_side_by_side(steps: int, seed: int, processes: int) -> Result:
    """The same in several processes, each with seeds of its own; the failure is the first process's that has one."""
    shares = [steps // processes + (number < steps % processes) for number in range(processes)]
    seeds = [seed + number * SEEDS_APART for number in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return joined(pool.map(run, shares, seeds))


def joined(results: Iterable[Result]) -> Result:
    whole = Result()
    for result in results:
        whole.steps += result.steps
        whole.days += result.days
        whole.seen.update(result.seen)
        whole.failure = whole.failure or result.failure
    return whole


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
