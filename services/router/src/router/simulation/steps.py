"""What a simulated day is made of. Steps are plain values, so that a day can be played again with some of them left out."""

from dataclasses import dataclass

from router.domain.commands import Command


@dataclass(frozen=True, slots=True)
class Pass:
    """Time passes, nothing else."""


@dataclass(frozen=True, slots=True)
class Reconfigure:
    """The configuration that this seed makes."""

    seed: int
    revision: int


@dataclass(frozen=True, slots=True)
class Rebuild:
    """The owner dies, and another begins from the store's rows alone."""


@dataclass(frozen=True, slots=True)
class Step:
    at: int
    what: Command | Pass | Reconfigure | Rebuild


class Broken(AssertionError):
    """An invariant does not hold; the message says which."""
