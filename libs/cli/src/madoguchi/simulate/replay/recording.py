"""What was recorded of one tenant: what the router was asked, and what it decided."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple
from uuid import UUID

from contracts.base import Contract
from contracts.config import TenantConfig
from contracts.envelope import Envelope
from contracts.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from madoguchi.simulate.replay.turns import Places, in_turn
from router.handlers.instants import millis

COMMANDS: Final = frozenset(ROUTING_COMMANDS.events)
EVENTS: Final = frozenset(ROUTING_EVENTS.events)
NO_COMMAND: Final = -1
END_OF_TIME: Final = 1 << 60


class Moment(NamedTuple):
    """When the router dealt with it, and its place among all commands: events share the place of the command they follow from.

    What time alone brought about comes before the commands of the same instant.
    """

    at: int
    place: int
    is_event: bool
    data: Contract
    has_effect: bool = False


@dataclass(frozen=True)
class Recording:
    """`commands` in the order of the log, `decided` by time. Figures count from `counted_from`; `until` is the end."""

    tenant: str
    commands: tuple[Envelope, ...]
    decided: tuple[Envelope, ...]
    counted_from: int
    until: int
    config: TenantConfig | None = None

    @cached_property
    def begins(self) -> int:
        first = self.moments[0].at if self.moments else self.counted_from
        return min(first, self.counted_from)

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """In the order of the router's work, up to the end. A command that came twice counts once."""
        found = sorted(self._in_order(), key=lambda moment: moment[:3])
        return tuple(moment for moment in found if moment.at < self.until)

    def _in_order(self) -> Iterator[Moment]:
        dealt_with: dict[UUID | None, int] = {}
        dealt_with |= {event.causation_id: millis(event.time) for event in self.decided if event.causation_id}
        turns = in_turn({command.id: command for command in self.commands}.values())
        heads = [turn[0] for turn in turns]
        places: dict[UUID | None, Places] = {}
        place = 0
        for turn, at in zip(turns, _instants(heads, dealt_with), strict=True):
            places[turn[0].id] = Places(turn, place)
            for offset, command in enumerate(turn):
                yield Moment(at, place + offset, False, command.data, command.id in dealt_with)
            place += len(turn)
        for event in {event.id: event for event in self.decided}.values():
            known = places.get(event.causation_id)
            yield Moment(millis(event.time), NO_COMMAND if known is None else known.of(event), True, event.data)


def _instants(commands: Sequence[Envelope], dealt_with: Mapping[UUID | None, int]) -> list[int]:
    """A command without an event was dealt with between its neighbours, and not before it was given."""
    latest, limit = [0] * len(commands), END_OF_TIME
    for place in range(len(commands) - 1, -1, -1):
        latest[place] = limit = min(limit, dealt_with.get(commands[place].id, END_OF_TIME))
    found, at = [], 0
    for command, not_after in zip(commands, latest, strict=True):
        at = min(not_after, max(at, dealt_with.get(command.id, millis(command.time))))
        found.append(at)
    return found


def recording_of(envelopes: Iterable[Envelope], tenant: str, counted_from: int | None, until: int | None) -> Recording:
    """Of all that was read. Without instants, all of it counts."""
    ours = [envelope for envelope in envelopes if envelope.tenant == tenant]
    commands = tuple(envelope for envelope in ours if envelope.type in COMMANDS)
    decided = tuple(sorted((one for one in ours if one.type in EVENTS), key=lambda one: one.time))
    configs = [envelope.data for envelope in ours if isinstance(envelope.data, TenantConfig)]
    times = [millis(envelope.time) for envelope in (*commands, *decided)] or [0]
    return Recording(
        tenant=tenant,
        commands=commands,
        decided=decided,
        counted_from=min(times) if counted_from is None else counted_from,
        until=max(times) + 1 if until is None else until,
        config=configs[-1] if configs else None,
    )
