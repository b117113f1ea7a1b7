"""Drives the router's engine through made-up or recorded time: what happens next happens at once, nothing sleeps."""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from typing import Final

from router.domain import commands
from router.domain.config import RoutingConfig
from router.domain.engine import Engine
from router.domain.events import Event, Refusal
from router.domain.state import State

Step = Callable[[], object]
FIRST: Final = -1
LAST: Final = 1 << 60


class Player:
    """`hear` gets every event in order. It must not act at once: whatever follows is put on the agenda by `at`."""

    def __init__(self, config: RoutingConfig, now: int, hear: Callable[[Event], None]) -> None:
        self.engine = Engine(config, State())
        self.now = now
        self._hear = hear
        self._agenda: list[tuple[int, int, int, Step]] = []
        self._count = 0

    def at(self, at: int, step: Step, rank: int = LAST) -> None:
        """Of steps at the same instant the lower rank comes first, then the one that was put here first."""
        self._count += 1
        heappush(self._agenda, (at, rank, self._count, step))

    def do(self, command: commands.Command) -> Refusal | None:
        decision = self.engine.decide(command, self.now)
        self._follow(decision.events)
        return decision.refused

    def until(self, end: int, only_while_work: bool = False) -> None:
        """A recurring timer, as a calendar's opening, must not keep a run alive whose work is done."""
        while (due := self._next(only_while_work)) is not None and due <= end:
            self.now = max(self.now, due)
            if self._agenda and self._agenda[0][0] <= due:
                heappop(self._agenda)[3]()
            else:
                self._follow(self.engine.advance(self.now))

    def _next(self, only_while_work: bool) -> int | None:
        due = self.engine.next_due() if self.engine.state.work or not only_while_work else None
        agenda = self._agenda[0][0] if self._agenda else None
        return min((each for each in (due, agenda) if each is not None), default=None)

    def _follow(self, told: tuple[Event, ...]) -> None:
        for event in told:
            self._hear(event)
        for timer in self.engine.take_changes().timers_armed:
            due = commands.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version)
            self.at(timer.due_at, partial(self.do, due), FIRST)
