"""What happened in each queue over the last day, minute by minute. Kept in memory only: it begins anew with a new owner."""

from collections import defaultdict, deque
from dataclasses import dataclass, field

MINUTE_MS = 60_000
DAY_MINUTES = 24 * 60
WINDOWS_MINUTES = (15, 60, DAY_MINUTES)


@dataclass(slots=True)
class Tally:
    answered: int = 0
    in_time: int = 0
    abandoned: int = 0
    missed: int = 0

    def add(self, other: "Tally") -> None:
        self.answered += other.answered
        self.in_time += other.in_time
        self.abandoned += other.abandoned
        self.missed += other.missed

    @property
    def service_level(self) -> float | None:
        """The share answered in time, of all answered or abandoned."""
        total = self.answered + self.abandoned
        return self.in_time / total if total else None


@dataclass(slots=True)
class Figures:
    """By queue, the minutes in which something happened, the newest last."""

    minutes: defaultdict[str, deque[tuple[int, Tally]]] = field(default_factory=lambda: defaultdict(deque))

    def answered(self, queue: str, now: int, in_time: bool) -> None:
        tally = self._tally(queue, now)
        tally.answered += 1
        tally.in_time += in_time

    def abandoned(self, queue: str, now: int) -> None:
        self._tally(queue, now).abandoned += 1

    def missed(self, queue: str, now: int) -> None:
        self._tally(queue, now).missed += 1

    def over(self, queue: str, now: int, minutes: int) -> Tally:
        """The last so many minutes, the current one included."""
        total, first = Tally(), now // MINUTE_MS - minutes
        for minute, tally in self.minutes.get(queue, ()):
            if minute > first:
                total.add(tally)
        return total

    def _tally(self, queue: str, now: int) -> Tally:
        minute, known = now // MINUTE_MS, self.minutes[queue]
        if not known or known[-1][0] != minute:
            known.append((minute, Tally()))
            while known[0][0] <= minute - DAY_MINUTES:
                known.popleft()
        return known[-1][1]
