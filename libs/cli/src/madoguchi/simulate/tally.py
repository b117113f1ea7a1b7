"""Counts what happens in a run, and says it as figures. Lengths are milliseconds within, seconds in what is told."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from madoguchi.simulate.arrivals import Arrival
from router.domain import commands, events
from router.domain.config import RoutingConfig

_PERCENTILES = (50, 90, 99)


@dataclass(slots=True)
class Customer:
    """`waited_ms` is set once an agent has the work or the customer has given up."""

    asked_at: int
    queue: str = ""
    waited_ms: int | None = None
    has_given_up: bool = False


@dataclass(slots=True)
class Tally:
    """Customers count who ask from `counted_from` on; occupancy is measured until the last may ask."""

    config: RoutingConfig
    people: Sequence[commands.ConfigureAgent]
    counted_from: int
    until: int
    customers: dict[str, Customer] = field(default_factory=dict)
    breaches: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    busy_ms: Counter[str] = field(default_factory=Counter)
    holding: dict[str, tuple[int, str]] = field(default_factory=dict)
    missed_offers: int = 0

    def arrived(self, arrival: Arrival) -> None:
        if arrival.at >= self.counted_from:
            self.customers[arrival.case_id] = Customer(arrival.at)

    def abandoned(self, case_id: str, at: int) -> None:
        customer = self.customers.get(case_id)
        if customer is not None:
            customer.waited_ms, customer.has_given_up = at - customer.asked_at, True

    def note(self, event: events.Event) -> None:
        match event:
            case events.WorkQueued():
                self._queued(event)
            case events.WorkAssigned():
                self._assigned(event)
            case events.AssignmentEnded():
                since, agent_id = self.holding.pop(event.assignment_id)
                begin, end = max(since, self.counted_from), min(event.at, self.until)
                self.busy_ms[agent_id] += max(0, end - begin)
            case events.OfferEnded():
                self.missed_offers += event.how.value == "timed_out"
            case events.SlaBreached() if event.case_id in self.customers:
                self.breaches[event.metric.value] += 1
            case events.SlaWarned() if event.case_id in self.customers:
                self.warnings[event.metric.value] += 1

    def _queued(self, event: events.WorkQueued) -> None:
        customer = self.customers.get(event.case_id)
        if customer is not None:
            customer.queue = event.queue

    def _assigned(self, event: events.WorkAssigned) -> None:
        self.holding[event.assignment_id] = (event.at, event.agent_id)
        customer = self.customers.get(event.case_id)
        if customer is not None and customer.waited_ms is None:
            customer.queue, customer.waited_ms = event.queue, event.at - customer.asked_at

    def waits_s(self) -> list[float]:
        """In order; of all who were answered or gave up."""
        return sorted(c.waited_ms / 1000 for c in self.customers.values() if c.waited_ms is not None)

    def figures(self) -> dict[str, Any]:
        """JSON values: of all together, and of each queue by its name."""
        queues = sorted({customer.queue for customer in self.customers.values()})
        by_queue = {queue: [c for c in self.customers.values() if c.queue == queue] for queue in queues}
        return {
            "all": self._figures(list(self.customers.values())),
            "queues": {
                queue: self._figures(found) | {"share": _ratio(len(found), len(self.customers))}
                for queue, found in by_queue.items()
            },
            "occupancy": self._occupancy(),
            "breaches": dict(sorted(self.breaches.items())),
            "warnings": dict(sorted(self.warnings.items())),
            "missed_offers": self.missed_offers,
        }

    def _figures(self, customers: Sequence[Customer]) -> dict[str, Any]:
        """Who gave up counts against the service level."""
        served = [c for c in customers if c.waited_ms is not None and not c.has_given_up]
        given_up = sum(c.has_given_up for c in customers)
        in_time = sum(c.waited_ms is not None and c.waited_ms <= self._answer_within(c.queue) for c in served)
        waits = sorted(c.waited_ms for c in customers if c.waited_ms is not None)
        return {
            "asked": len(customers),
            "answered": len(served),
            "gave_up": given_up,
            "still_waiting": len(customers) - len(served) - given_up,
            "service_level": _ratio(in_time, len(served) + given_up),
            "waited": _ratio(sum(wait > 0 for wait in waits), len(waits)),
            "wait_mean_s": _ratio(sum(waits) / 1000, len(waits)),
            **{f"wait_p{percent}_s": _percentile(waits, percent) for percent in _PERCENTILES},
        }

    def _answer_within(self, queue: str) -> int:
        found = self.config.queues.get(queue)
        return found.answer_within_ms if found is not None else 0

    def _occupancy(self) -> float | None:
        """Of the agents' capacity, all classes together. Work that is not finished counts until the end."""
        busy = sum(self.busy_ms.values())
        busy += sum(max(0, self.until - max(since, self.counted_from)) for since, _ in self.holding.values())
        room = sum(sum(agent.capacity.values()) for agent in self.people)
        return _ratio(busy, room * (self.until - self.counted_from))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def _percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The smallest wait that so many did not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1] / 1000 if ordered else None
