"""Outcomes of one load under one or two configurations, for people and for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from madoguchi.simulate.load import Load
from madoguchi.simulate.read import House
from madoguchi.simulate.run import simulate
from madoguchi.simulate.tally import Tally

_SHOWN = ("asked", "answered", "gave_up", "still_waiting", "service_level", "wait_mean_s")
_MORE = ("wait_p50_s", "wait_p90_s", "wait_p99_s")


@dataclass(frozen=True, slots=True)
class Outcome:
    house: str
    tally: Tally
    figures: dict[str, Any]


def play(houses: Sequence[House], load: Load, seed: int) -> list[Outcome]:
    """Every house meets the same customers."""
    tallies = [simulate(house.config, house.agents, load, seed) for house in houses]
    return [Outcome(house.name, tally, tally.figures()) for house, tally in zip(houses, tallies, strict=True)]


def as_data(outcomes: Sequence[Outcome], load: Load, seed: int) -> dict[str, Any]:
    """`outcomes[0]` is the configuration in question, the second, if any, what it is held against."""
    return {
        "seed": seed,
        "load": load.model_dump(mode="json", exclude_defaults=True),
        "outcomes": [{"config": outcome.house, **outcome.figures} for outcome in outcomes],
    }


Row = tuple[str, str, list[Any]]


def rows(outcomes: Sequence[Outcome]) -> Iterator[Row]:
    """Where, what, and the value of each outcome."""
    for name in (*_SHOWN, *_MORE):
        yield "all", name, [outcome.figures["all"].get(name) for outcome in outcomes]
    yield "all", "occupancy", [outcome.figures["occupancy"] for outcome in outcomes]
    for metric in sorted({metric for outcome in outcomes for metric in outcome.figures["breaches"]}):
        yield "all", f"breaches of {metric}", [outcome.figures["breaches"].get(metric, 0) for outcome in outcomes]
    for queue in sorted({queue for outcome in outcomes for queue in outcome.figures["queues"]}):
        for name in ("share", *_SHOWN, *_MORE):
            yield queue, name, [outcome.figures["queues"].get(queue, {}).get(name) for outcome in outcomes]
