"""Commands that came before what was said earlier about their case, and wait for it."""

from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from router.domain.commands import CaseCommand, WorkMerged, WorkRequested

WAIT_MS: Final = 60_000


class Place(NamedTuple):
    """Which of the commands about a case it is, from 1."""

    case_id: str
    number: int


class Gap(NamedTuple):
    """Nobody waits any longer for `missing`, the first number that never came, though `number` is here."""

    case_id: str
    missing: int
    number: int


@dataclass(slots=True)
class Early:
    """`told`: that it waited for long was said already."""

    command: CaseCommand
    since: int
    told: bool = False

    @property
    def asks(self) -> bool:
        return isinstance(self.command, WorkRequested)


Waiting = dict[str, dict[int, Early]]
"""By case and number. A merge is said about two cases, and waits for both."""


def places_of(command: CaseCommand) -> tuple[Place, ...]:
    """None if nobody numbered it. Of a merge that of the case which ends comes first."""
    if command.sequence is None:
        return ()
    first = Place(command.case_id, command.sequence)
    if isinstance(command, WorkMerged) and command.into_sequence is not None:
        return first, Place(command.into_case_id, command.into_sequence)
    return (first,)


def unnumbered(command: Any) -> Any:
    """The same, for whoever says it in the order in which it is to be carried out."""
    return command if getattr(command, "sequence", None) is None else replace(command, sequence=None)


def let_wait(waiting: Waiting, early: Early) -> None:
    for case_id, number in places_of(early.command):
        waiting.setdefault(case_id, {})[number] = early


def take_out(waiting: Waiting, early: Early) -> None:
    for case_id, number in places_of(early.command):
        del waiting[case_id][number]
        if not waiting[case_id]:
            del waiting[case_id]


def given_up_at(waiting: dict[int, Early], is_open: bool) -> int | None:
    """When the first of a case's commands has waited for too long.

    Without open work only a request for it changes anything: until one comes the others wait on, which is told once.
    """
    request = None if is_open else next((waiting[number] for number in sorted(waiting) if waiting[number].asks), None)
    first = request or waiting[min(waiting)]
    if not is_open and request is None and first.told:
        return None
    return first.since + WAIT_MS
