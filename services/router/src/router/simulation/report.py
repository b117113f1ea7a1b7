from types import UnionType
from typing import Final, get_args

from router.domain.commands import Command, ConfigChanged
from router.domain.events import Event
from router.simulation.run import Failure, Result

_AS_RECONFIGURE: Final = {ConfigChanged.__name__}


def report(result: Result) -> str:
    """What was reached, and of a failure the steps that bring it about."""
    lines = [f"{result.steps} steps in {result.days} days"]
    lines += [f"{count:>9}  {kind}" for kind, count in sorted(result.seen.items())]
    lines += [_coverage("commands", Command, result), _coverage("events", Event, result)]
    if result.failure is not None:
        lines += _failure(result.failure)
    return "\n".join(lines) + "\n"


def never_reached(result: Result) -> list[str]:
    """Kinds of commands and events that no step brought about."""
    return [*_missing(Command, result), *_missing(Event, result)]


def _coverage(what: str, kinds: UnionType, result: Result) -> str:
    count, missing = len(_names(kinds)), _missing(kinds, result)
    never = f"; never: {', '.join(missing)}" if missing else ""
    return f"{count - len(missing)} of {count} kinds of {what}{never}"


def _missing(kinds: UnionType, result: Result) -> list[str]:
    return sorted(_names(kinds) - result.seen.keys())


def _names(kinds: UnionType) -> set[str]:
    return {kind.__name__ for kind in get_args(kinds)} - _AS_RECONFIGURE


def _failure(failure: Failure) -> list[str]:
    again = f"python -m router.simulation --seed {failure.seed} --steps {failure.after}"
    return [
        f"FAILED at step {failure.after} of the day with seed {failure.seed}: {failure.error!r}",
        f"play it again: {again}",
        f"{len(failure.steps)} steps are enough:",
        *(f"  {step!r}" for step in failure.steps),
    ]
