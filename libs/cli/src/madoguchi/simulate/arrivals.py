"""The work of a load, drawn beforehand: every configuration meets the same customers with the same patience."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from math import log, sqrt

from madoguchi.simulate.load import Duration, Load, Stream

MILLISECONDS = 1000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Arrival:
    """Lengths are milliseconds; a patience of None has no end."""

    case_id: str
    at: int
    stream: Stream
    handle_ms: int
    patience_ms: int | None


def draw(load: Load, seed: int, start: int) -> list[Arrival]:
    """In order of time. A stream's draws don't depend on the other streams."""
    arrivals = [arrival for stream in load.streams for arrival in _draw(stream, load, seed, start)]
    return sorted(arrivals, key=lambda arrival: (arrival.at, arrival.case_id))


def _draw(stream: Stream, load: Load, seed: int, start: int) -> Iterator[Arrival]:
    dice = random.Random(f"{seed}/{stream.name}")  # noqa: S311 (a simulation, repeatable on purpose)
    rate, at, number = stream.per_hour / HOUR_MS, float(start), 0
    end = start + load.lasts.total_seconds() * MILLISECONDS
    while (at := at + dice.expovariate(rate)) < end:
        number += 1
        handle_ms = _length(dice, stream.handle)
        patience_ms = None if stream.patience is None else _length(dice, stream.patience)
        yield Arrival(f"{stream.name}-{number}", int(at), stream, handle_ms, patience_ms)


def _length(dice: random.Random, length: Duration) -> int:
    mean = length.mean.total_seconds() * MILLISECONDS
    if length.kind == "fixed":
        return max(1, round(mean))
    if length.kind == "exponential":
        return max(1, round(dice.expovariate(1 / mean)))
    variance = log(1 + length.cv**2)
    return max(1, round(dice.lognormvariate(log(mean) - variance / 2, sqrt(variance))))
