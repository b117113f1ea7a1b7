"""The simulator against theory, over several loads: `python -m madoguchi.simulate.validate` prints the table of the docs."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from statistics import fmean, stdev
from typing import Any
from zlib import crc32

from madoguchi.simulate.load import Duration, Load, Stream, Team
from madoguchi.simulate.run import simulate
from madoguchi.simulate.theory import Expected, Floor, expected
from router.domain.config import QueueConfig, RoutingConfig
from router.domain.model import QueueMode

WITHIN_S = 20.0
T_99 = {5: 4.604, 8: 3.499, 10: 3.250, 20: 2.861}  # two-sided 99 %, by the number of runs

FLOORS = (
    Floor(rate=1 / 60, handle=240.0, agents=5),
    Floor(rate=1 / 30, handle=240.0, agents=10),
    Floor(rate=1 / 30, handle=270.0, agents=10),
    Floor(rate=1 / 10, handle=240.0, agents=26),
    Floor(rate=1 / 60, handle=240.0, agents=4, patience=120.0),
    Floor(rate=1 / 20, handle=240.0, agents=10, patience=60.0),
    Floor(rate=1 / 12, handle=240.0, agents=20, patience=300.0),
)
Read = Callable[[dict[str, Any]], float]
MEASURES: dict[str, tuple[Callable[[Expected], float | None], Read]] = {
    "waits": (lambda theory: theory.waits, lambda told: told["all"]["waited"]),
    "wait_s": (lambda theory: theory.wait, lambda told: told["all"]["wait_mean_s"]),
    "service_level": (lambda theory: theory.service_level, lambda told: told["all"]["service_level"]),
    "gives_up": (lambda theory: theory.gives_up, lambda told: told["all"]["gave_up"] / told["all"]["asked"]),
    "occupancy": (lambda theory: theory.occupancy, lambda told: told["occupancy"]),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`margin` is half the width of the 99 % confidence interval over the runs."""

    floor: Floor
    measure: str
    theory: float
    simulated: float
    margin: float

    @property
    def agrees(self) -> bool:
        return abs(self.simulated - self.theory) <= self.margin


def compare(floor: Floor, runs: int, customers: int) -> Iterator[Line]:
    """Each run of each floor has its own seed, so that one odd draw shows in one place; a warm-up of a tenth comes on top."""
    theory = expected(floor, WITHIN_S)
    first = crc32(repr(floor).encode())
    told = [_run(floor, first + run, customers) for run in range(runs)]
    for measure, (of_theory, of_run) in MEASURES.items():
        wanted = of_theory(theory)
        if wanted is not None and not (measure == "gives_up" and floor.patience is None):
            yield _line(floor, measure, wanted, [of_run(one) for one in told])


def _line(floor: Floor, measure: str, theory: float, values: Sequence[float]) -> Line:
    margin = T_99[len(values)] * stdev(values) / sqrt(len(values))
    return Line(floor, measure, theory, fmean(values), margin)


def _run(floor: Floor, seed: int, customers: int) -> dict[str, Any]:
    lasts = timedelta(seconds=1.1 * customers / floor.rate)
    stream = Stream(
        name="all",
        per_hour=floor.rate * 3600,
        handle=Duration(mean=timedelta(seconds=floor.handle)),
        patience=None if floor.patience is None else Duration(mean=timedelta(seconds=floor.patience)),
        queue="all",
    )
    team = Team(name="agent", count=floor.agents, queues=("all",))
    load = Load(lasts=lasts, warm_up=lasts / 11, streams=(stream,), teams=(team,))
    queue = QueueConfig("all", mode=QueueMode.AUTO_ASSIGN, answer_within_ms=round(WITHIN_S * 1000))
    return simulate(RoutingConfig(1, {"all": queue}, "all"), (), load, seed).figures()


HEADING = (
    "| agents | per hour | handle s | patience s | measure | theory | simulated (99 %) | agrees |\n"
    "|---:|---:|---:|---:|---|---:|---:|---|"
)


def table(lines: Iterable[Line]) -> Iterator[str]:
    """Markdown, line by line as they come."""
    yield HEADING
    for line in lines:
        yield (
            f"| {line.floor.agents} | {line.floor.rate * 3600:.0f} | {line.floor.handle:.0f} |"
            f" {'–' if line.floor.patience is None else f'{line.floor.patience:.0f}'} | {line.measure} |"
            f" {line.theory:.4f} | {line.simulated:.4f} ± {line.margin:.4f} | {'yes' if line.agrees else 'no'} |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, choices=sorted(T_99), default=20)
    parser.add_argument("--customers", type=int, default=20_000, help="in each run")
    chosen = parser.parse_args(arguments)
    for text in table(line for floor in FLOORS for line in compare(floor, chosen.runs, chosen.customers)):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
