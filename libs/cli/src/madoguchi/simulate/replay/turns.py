"""In which order the router carried out what the log has: what came before its turn waited for it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from contracts import routing
from contracts.envelope import Envelope
from router.domain.commands import CaseCommand, WorkRequested
from router.domain.early import WAIT_MS, Place, places_of
from router.handlers.read_command import read_command

_FIRST_OF_A_REQUEST: Final = (routing.WorkQueued, routing.WorkOverflowed, routing.WorkTurnedAway)
_WAITS: Final = timedelta(milliseconds=WAIT_MS)


def in_turn(commands: Iterable[Envelope]) -> list[list[Envelope]]:
    """Each command, and behind it those that waited for it and were carried out with it."""
    turns = _Turns()
    found = [turn for envelope in commands if (turn := turns.take(envelope))]
    return [*found, *([envelope] for envelope in turns.left())]


class Places:
    """Of what follows from the commands of one turn. All of it names the first as its cause; a queued request tells where it stands."""

    def __init__(self, turn: Sequence[Envelope], place: int) -> None:
        self._place = place
        self._requests = [each for each, one in enumerate(turn, place) if isinstance(one.data, routing.WorkRequested)]

    def of(self, event: Envelope) -> int:
        """In the order in which they were told."""
        if self._requests and isinstance(event.data, _FIRST_OF_A_REQUEST):
            self._place = self._requests.pop(0)
        return self._place


class _Turns:
    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._early: dict[str, dict[int, Envelope]] = defaultdict(dict)

    def take(self, envelope: Envelope) -> list[Envelope]:
        """Nothing when it waits."""
        command, places = _read(envelope)
        if not self._follows(command, places) and not self._is_given_up(places[0].case_id, envelope):
            self._early[places[0].case_id][places[0].number] = envelope
            return []
        turn = [envelope]
        self._count(places)
        for each in turn:
            turn += self._let_go(_read(each)[1])
        return turn

    def left(self) -> list[Envelope]:
        return [waiting[number] for waiting in self._early.values() for number in sorted(waiting)]

    def _let_go(self, places: Iterable[Place]) -> list[Envelope]:
        found: list[Envelope] = []
        for case_id, _ in places:
            waiting = self._early[case_id]
            for number in sorted(waiting):
                command, theirs = _read(waiting[number])
                if self._follows(command, theirs):
                    self._count(theirs)
                    found.append(waiting.pop(number))
        return found

    def _follows(self, command: Any, places: Iterable[Place]) -> bool:
        return all(
            place.number <= self._last.get(place.case_id, 0) + 1
            or (place.case_id not in self._last and isinstance(command, WorkRequested))
            for place in places
        )

    def _is_given_up(self, case_id: str, now: Envelope) -> bool:
        waiting = self._early[case_id].values()
        return case_id in self._last and any(now.time - each.time >= _WAITS for each in waiting)

    def _count(self, places: Iterable[Place]) -> None:
        for case_id, number in places:
            self._last[case_id] = max(number, self._last.get(case_id, 0))


def _read(envelope: Envelope) -> tuple[Any, tuple[Place, ...]]:
    command = read_command(envelope.data, {})
    return command, places_of(command) if isinstance(command, CaseCommand) else ()
