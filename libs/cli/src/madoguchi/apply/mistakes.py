"""What is wrong in a tenant's files, each with its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from typing_extensions import override

Route = tuple[str | int, ...]
"""A way into the bundle: ("queues", 2, "offer_timeout")."""


class Place(NamedTuple):
    file: Path
    line: int


Places = Mapping[Route, Place]


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    file: str
    line: int
    sentence: str

    @override
    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class ConfigWrong(Exception):
    """`mistakes` is never empty; in order of file and line."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = sorted(set(mistakes))


def mistake_at(route: Route, sentence: str, places: Places) -> Mistake:
    """The field's line; for a missing field that of what should hold it."""
    place = next(places[route[:size]] for size in range(len(route), -1, -1) if route[:size] in places)
    where = ".".join(map(str, route))
    return Mistake(str(place.file), place.line, f"{where}: {sentence}" if where else sentence)
