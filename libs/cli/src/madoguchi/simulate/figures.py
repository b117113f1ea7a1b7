"""Figures in the words and units of people: one line per figure, one column per outcome."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

EVERYTHING: Final = "all queues"
Told = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Line:
    """`place` is a queue's name or EVERYTHING. A value is None where there was nothing to measure."""

    place: str
    name: str
    told: Told
    values: tuple[float | None, ...]

    def texts(self) -> list[str]:
        return ["–" if value is None else self.told(value) for value in self.values]

    def change(self, reference: int) -> str:
        """Of the last outcome against the reference; nothing when it is the same as far as one can see."""
        before, after = self.values[reference], self.values[-1]
        if before is None or after is None or self.told(before) == self.told(after):
            return ""
        points = " points" if self.told is percent else ""
        return f"{'+' if after > before else '−'}{self.told(abs(after - before))}{points}"


def count(value: float) -> str:
    return f"{value:,.0f}"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def length(seconds: float) -> str:
    """Of a wait."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


_OF_CUSTOMERS: Final[Sequence[tuple[str, str, Told]]] = (
    ("asked", "customers who asked", count),
    ("answered", "answered", count),
    ("gave_up", "gave up waiting", count),
    ("turned_away", "turned away by overflow", count),
    ("merged", "merged into another case before", count),
    ("still_waiting", "still waiting at the end", count),
    ("service_level", "service level", percent),
    ("wait_mean_s", "wait, mean", length),
    ("wait_p50_s", "wait of half of them (p50), at most", length),
    ("wait_p90_s", "wait of 90 in 100 (p90), at most", length),
    ("wait_p99_s", "wait of 99 in 100 (p99), at most", length),
)
_RARE: Final = ("turned_away", "merged", "still_waiting", "gave_up")


def lines(figures: Sequence[dict[str, Any]]) -> Iterator[Line]:
    """What is nought everywhere and need not be said is left out."""
    yield from _of_customers(EVERYTHING, [one["all"] for one in figures])
    yield Line(EVERYTHING, "occupancy of agents who are there", percent, _column(figures, "occupancy"))
    yield Line(EVERYTHING, "offers missed", count, _column(figures, "missed_offers"))
    yield Line(EVERYTHING, "work that overflowed", count, _column(figures, "overflowed"))
    for kind, what in (
        ("breaches", "SLA breached"),
        ("warnings", "SLA warned"),
        ("rule_errors", "times this rule failed"),
    ):
        for metric in sorted({metric for one in figures for metric in one[kind]}):
            values = tuple(one[kind].get(metric, 0) for one in figures)
            yield Line(EVERYTHING, f"{what}: {metric.replace('_', ' ')}", count, values)
    for queue in sorted({queue for one in figures for queue in one["queues"]}):
        found = [one["queues"].get(queue, {}) for one in figures]
        yield Line(queue, "share of the work", percent, tuple(one.get("share", 0.0) for one in found))
        yield from _of_customers(queue, found)


def _of_customers(place: str, found: Sequence[dict[str, Any]]) -> Iterator[Line]:
    for key, name, told in _OF_CUSTOMERS:
        values = _column(found, key)
        if key not in _RARE or any(values):
            yield Line(place, name, told, values)


def _column(found: Sequence[dict[str, Any]], key: str) -> tuple[float | None, ...]:
    return tuple(one.get(key) for one in found)
