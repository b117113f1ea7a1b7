"""What the case store tells about a case is carried out in the order of its telling, in whatever order it comes.

A case's commands are counted where the case changes. They leave by several lanes of the outbox, so that the end of a case's work may
arrive before the request for it. What comes too early waits, and goes on with what it waited for, or is taken as it is when
nothing of that came for `WAIT_MS`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from router.domain.commands import CaseCommand, WorkClosed, WorkMerged, WorkRequested
from router.domain.early import Early, Gap, Place, let_wait, places_of, take_out
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.matching import match
from router.domain.model import WorkState
from router.domain.sla_actions import take_actions
from router.domain.timers import ShortTimer

MOST_MISSED: Final = 100
Carries = Callable[[Floor, CaseCommand], Refusal | None]


def take(floor: Floor, command: CaseCommand, carry_out: Carries) -> Refusal | None:
    """A numbered command: now, or later when its turn comes."""
    if _is_usual(floor, command):
        floor.count_command(command.case_id, command.sequence or 0)
        return carry_out(floor, command)
    places = places_of(command)
    first = places[0]
    last = floor.state.last_command(first.case_id)
    if last is not None and first.number <= last:
        return _late(floor, command, first, carry_out)
    if first.number in floor.state.early.get(first.case_id, ()):
        return _repeated(first)
    if not _is_next(floor, command, places):
        _wait(floor, Early(command, floor.now))
        return None
    refused = _carry_out(floor, command, places, carry_out)
    for case_id in _catch_up(floor, places, carry_out):
        _wait_anew(floor, case_id)
    return refused


def _is_usual(floor: Floor, command: CaseCommand) -> bool:
    """It comes in its turn and nobody waits for it: the rest of this module would cost as much as a decision (7 us)."""
    case_id = command.case_id
    if case_id in floor.state.early or type(command) is WorkMerged:
        return False
    return command.sequence == (floor.state.last_command(case_id) or 0) + 1


def give_up(floor: Floor, case_id: str, carry_out: Carries) -> None:
    """The first command that waits is taken as it is, unless it could change nothing: then it waits for a request."""
    waiting = floor.state.early[case_id]
    early = waiting[min(waiting)]
    floor.gaps.append(Gap(case_id, (floor.state.last_command(case_id) or 0) + 1, min(waiting)))
    if not _is_open(floor, case_id) and not any(each.asks for each in waiting.values()):
        early.told = True
        return
    _take_out(floor, early)
    places = [
        place
        for place in places_of(early.command)
        if place.case_id == case_id or _is_open(floor, place.case_id) or follows(floor, early.command, place)
    ]
    for place in places:
        _miss(floor, place)
    _carry_out(floor, early.command, places, carry_out)
    still = _catch_up(floor, places, carry_out)
    _watch(floor, (*still, *(place.case_id for place in places_of(early.command))))


def _late(floor: Floor, command: CaseCommand, place: Place, carry_out: Carries) -> Refusal | None:
    """Something that was given up. Requests and ends were overtaken for good: after each comes the other.

    What else was missed still counts, as an answer does for its clock.
    """
    item = floor.state.work.get(place.case_id)
    if item is None or place.number not in item.missed:
        return _repeated(place)
    item.missed = tuple(number for number in item.missed if number != place.number)
    floor.work_changed(item)
    if isinstance(command, WorkRequested | WorkClosed | WorkMerged):
        return Refusal("command_overtaken", f"Command {place.number} of case {place.case_id} came too late.")
    return carry_out(floor, command)


def _repeated(place: Place) -> Refusal:
    return Refusal("command_repeated", f"Command {place.number} of case {place.case_id} was here before.")


def _wait(floor: Floor, early: Early) -> None:
    places = places_of(early.command)
    let_wait(floor.state.early, early)
    floor.changes.early[places[0]] = early
    _watch(floor, (place.case_id for place in places))


def _wait_anew(floor: Floor, case_id: str) -> None:
    """Something came of what its first command waits for, so the rest may be on its way."""
    waiting = floor.state.early[case_id]
    early = waiting[min(waiting)]
    early.since, early.told = floor.now, False
    places = places_of(early.command)
    floor.changes.early[places[0]] = early
    _watch(floor, (place.case_id for place in places))


def _watch(floor: Floor, cases: Iterable[str]) -> None:
    for case_id in cases:
        if case_id in floor.state.early:
            floor.timers.arm(ShortTimer.GAP, case_id)


def _take_out(floor: Floor, early: Early) -> None:
    take_out(floor.state.early, early)
    floor.changes.early[places_of(early.command)[0]] = None


def _is_next(floor: Floor, command: CaseCommand, places: Iterable[Place]) -> bool:
    return all(follows(floor, command, place) for place in places)


def follows(floor: Floor, command: CaseCommand, place: Place) -> bool:
    """Of a case that isn't known a request tells all that there is to know."""
    last = floor.state.last_command(place.case_id)
    if last is None:
        return place.number == 1 or isinstance(command, WorkRequested)
    return place.number <= last + 1


def _carry_out(floor: Floor, command: CaseCommand, places: Iterable[Place], carry_out: Carries) -> Refusal | None:
    """It is counted first: what ends by it ends with its number."""
    for place in places:
        floor.count_command(place.case_id, place.number)
    return carry_out(floor, command)


def _catch_up(floor: Floor, places: Iterable[Place], carry_out: Carries) -> list[str]:
    """What waited for these goes on, and what waited for that. Returns the cases of which something waits on."""
    cases, still = [place.case_id for place in places], set[str]()
    while cases:
        case_id = cases.pop()
        cases += _pass_over(floor, case_id)
        waiting = floor.state.early.get(case_id)
        if waiting is None:
            continue
        early = _next_of(floor, waiting)
        if early is None:
            still.add(case_id)
            continue
        theirs = places_of(early.command)
        _take_out(floor, early)
        _settle(floor)
        _carry_out(floor, early.command, theirs, carry_out)
        cases += (place.case_id for place in theirs)
    return sorted(still & floor.state.early.keys())


def _pass_over(floor: Floor, case_id: str) -> list[str]:
    """What was said before a request that told all there is to know of its case changes nothing any more.

    A merge has a number in the other case too, where later commands wait for it: a merge of that case into itself keeps its turn,
    and changes nothing. Returns these cases.
    """
    others: list[str] = []
    for early in [each for each in floor.state.early.get(case_id, {}).values() if _is_past(floor, each)]:
        _take_out(floor, early)
        for other, number in places_of(early.command)[1:]:
            _wait(floor, replace(early, command=WorkMerged(other, other, floor.now, number)))
            others.append(other)
    return others


def _is_past(floor: Floor, early: Early) -> bool:
    case_id, number = places_of(early.command)[0]
    return number <= (floor.state.last_command(case_id) or 0)


def _settle(floor: Floor) -> None:
    """As between two decisions: what waited comes out as if it had come in its turn."""
    if floor.sla_reached:
        take_actions(floor)
    match(floor)


def _next_of(floor: Floor, waiting: Mapping[int, Early]) -> Early | None:
    for number in sorted(waiting):
        command = waiting[number].command
        if _is_next(floor, command, places_of(command)):
            return waiting[number]
    return None


def _is_open(floor: Floor, case_id: str) -> bool:
    item = floor.state.work.get(case_id)
    return item is not None and item.state is not WorkState.WRAPPING


def _miss(floor: Floor, place: Place) -> None:
    item = floor.state.work.get(place.case_id)
    if item is not None:
        item.missed = (*item.missed, *range(item.sequence + 1, place.number))[-MOST_MISSED:]
