"""Outcomes under one configuration or several, for people and for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from madoguchi.simulate.load import Load
from madoguchi.simulate.read import House
from madoguchi.simulate.run import simulate
from madoguchi.simulate.tally import Tally


@dataclass(frozen=True)
class Outcome:
    name: str
    tally: Tally

    @cached_property
    def figures(self) -> dict[str, Any]:
        return self.tally.figures()


@dataclass(frozen=True, slots=True)
class Trial:
    """The last outcome is the one in question, held against `outcomes[reference]`. `told` says what was played."""

    title: str
    outcomes: Sequence[Outcome]
    told: Mapping[str, Any]
    seed: int
    reference: int = 0
    notes: Sequence[str] = field(default=())

    @property
    def compares(self) -> bool:
        return len(self.outcomes) > 1


def play(houses: Sequence[House], load: Load, seed: int) -> Trial:
    """The house in question and, if any, what it is held against. Every house meets the same customers."""
    outcomes = [Outcome(house.name, simulate(house.config, house.agents, load, seed)) for house in reversed(houses)]
    names = " instead of ".join(house.name for house in houses)
    streams = f"{len(load.streams)} stream{'s' if len(load.streams) > 1 else ''} of made-up work over {load.lasts}"
    return Trial(
        f"{names}, on {streams}", outcomes, {"load": load.model_dump(mode="json", exclude_defaults=True)}, seed
    )


def as_data(trial: Trial) -> dict[str, Any]:
    outcomes = [{"config": outcome.name, **outcome.figures} for outcome in trial.outcomes]
    return {"title": trial.title, "seed": trial.seed, **trial.told, "outcomes": outcomes, "notes": list(trial.notes)}
