"""Counts what happens in a run, or happened in the past, and says it as figures. Lengths are milliseconds within, seconds in
what is told."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from router.domain.config import RoutingConfig

_PERCENTILES = (50, 90, 99)
_ABSENT = ("away", "offline")


@dataclass(slots=True)
class Customer:
    """`waited_ms` is set once an agent has the work, or it is done without one; `end` says how."""

    asked_at: int
    queue: str = ""
    waited_ms: int | None = None
    end: str = "still_waiting"


@dataclass(slots=True)
class Shift:
    """What an agent had room for and had in hand while there."""

    since: int
    room: int = 0
    in_hand: int = 0
    is_there: bool = False
    room_ms: int = 0
    in_hand_ms: int = 0


@dataclass(slots=True)
class Tally:
    """Customers count who ask from `counted_from` on; occupancy is measured from there to `until`.

    It is told of the engine's events or of the same ones as recorded: their names and fields agree.
    """

    config: RoutingConfig
    counted_from: int
    until: int
    customers: list[Customer] = field(default_factory=list)
    breaches: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    missed_offers: int = 0
    overflowed: int = 0
    rule_errors: Mapping[str, int] = field(default_factory=dict)
    _asking: dict[str, Customer] = field(default_factory=dict)
    _holders: dict[str, str] = field(default_factory=dict)
    _shifts: dict[str, Shift] = field(default_factory=dict)

    def asked(self, case_id: str, at: int) -> None:
        """Once for every time that the case asks for an agent, before the events that follow."""
        self._asking.pop(case_id, None)
        if at >= self.counted_from:
            self._asking[case_id] = customer = Customer(at)
            self.customers.append(customer)

    def has_room(self, agent_id: str, capacity: Mapping[Any, int], at: int) -> None:
        self._shift(agent_id, at).room = sum(capacity.values())

    def note(self, event: Any, at: int) -> None:
        note = _NOTES.get(type(event).__name__)
        if note is not None:
            note(self, event, at)

    def queued(self, event: Any, _: int) -> None:
        if (customer := self._asking.get(str(event.case_id))) is not None and customer.waited_ms is None:
            customer.queue = event.queue

    def moved(self, event: Any, _: int) -> None:
        if (customer := self._asking.get(str(event.case_id))) is not None:
            self.overflowed += 1
            customer.queue = event.to_queue if customer.waited_ms is None else customer.queue

    def assigned(self, event: Any, at: int) -> None:
        self.held(event, at)
        if (customer := self._asking.get(str(event.case_id))) is not None and customer.waited_ms is None:
            customer.queue, customer.waited_ms, customer.end = event.queue, at - customer.asked_at, "answered"

    def held(self, event: Any, at: int) -> None:
        self._holders[str(event.case_id)] = event.agent_id
        self._shift(event.agent_id, at).in_hand += 1

    def let_go(self, event: Any, at: int) -> None:
        holder = self._holders.pop(str(event.case_id), None)
        if holder is not None:
            self._shift(holder, at).in_hand -= 1

    def done(self, event: Any, at: int) -> None:
        """A request that reopens work in wrap-up ends the work before, which is not this customer's."""
        customer = self._asking.get(str(event.case_id))
        if customer is None or not customer.queue:
            return
        del self._asking[str(event.case_id)]
        if customer.waited_ms is None:
            customer.waited_ms = at - customer.asked_at
            customer.end = event.reason if event.reason in ("turned_away", "merged") else "gave_up"

    def offer_ended(self, event: Any, at: int) -> None:
        self.missed_offers += event.how.value == "timed_out" and at >= self.counted_from

    def breached(self, event: Any, _: int) -> None:
        self.breaches[str(event.metric)] += str(event.case_id) in self._asking

    def warned(self, event: Any, _: int) -> None:
        self.warnings[str(event.metric)] += str(event.case_id) in self._asking

    def configured(self, event: Any, at: int) -> None:
        """As recorded it does not say the capacity."""
        capacity = getattr(event, "capacity", None)
        if capacity is not None:
            self.has_room(event.agent_id, capacity, at)

    def presence(self, event: Any, at: int) -> None:
        if getattr(event, "channel_class", None) is None:
            self._shift(event.agent_id, at).is_there = event.presence.value not in _ABSENT

    def removed(self, event: Any, at: int) -> None:
        self._shift(event.agent_id, at).is_there = False

    def waits_s(self) -> list[float]:
        """In order; of all who were answered or gave up."""
        return [wait / 1000 for wait in _waits(self.customers)]

    def figures(self) -> dict[str, Any]:
        """JSON values: of all together, and of each queue by its name."""
        queues = sorted({customer.queue for customer in self.customers})
        by_queue = {queue: [c for c in self.customers if c.queue == queue] for queue in queues}
        return {
            "all": self._figures(self.customers),
            "queues": {
                queue: self._figures(found) | {"share": _ratio(len(found), len(self.customers))}
                for queue, found in by_queue.items()
            },
            "occupancy": self._occupancy(),
            "breaches": _counted(self.breaches),
            "warnings": _counted(self.warnings),
            "missed_offers": self.missed_offers,
            "overflowed": self.overflowed,
            "rule_errors": dict(sorted(self.rule_errors.items())),
        }

    def _figures(self, customers: Sequence[Customer]) -> dict[str, Any]:
        """Who gave up counts against the service level."""
        ends = Counter(customer.end for customer in customers)
        in_time = sum(c.end == "answered" and (c.waited_ms or 0) <= self._answer_within(c.queue) for c in customers)
        waits = _waits(customers)
        return {
            "asked": len(customers),
            **{end: ends[end] for end in ("answered", "gave_up", "turned_away", "merged", "still_waiting")},
            "service_level": _ratio(in_time, ends["answered"] + ends["gave_up"]),
            "waited": _ratio(sum(wait > 0 for wait in waits), len(waits)),
            "wait_mean_s": _ratio(sum(waits) / 1000, len(waits)),
            **{f"wait_p{percent}_s": _percentile(waits, percent) for percent in _PERCENTILES},
        }

    def _answer_within(self, queue: str) -> int:
        found = self.config.queues.get(queue)
        return found.answer_within_ms if found is not None else 0

    def _occupancy(self) -> float | None:
        """Of the capacity of agents who are there, all classes together."""
        shifts = [self._shift(agent_id, self.until) for agent_id in list(self._shifts)]
        return _ratio(sum(shift.in_hand_ms for shift in shifts), sum(shift.room_ms for shift in shifts))

    def _shift(self, agent_id: str, at: int) -> Shift:
        """As it was until now, accounted for."""
        shift = self._shifts.setdefault(agent_id, Shift(at))
        length = min(at, self.until) - max(shift.since, self.counted_from)
        if shift.is_there and length > 0:
            shift.room_ms += shift.room * length
            shift.in_hand_ms += shift.in_hand * length
        shift.since = at
        return shift


_NOTES: Final[Mapping[str, Callable[[Tally, Any, int], None]]] = {
    "WorkQueued": Tally.queued,
    "WorkTurnedAway": Tally.queued,
    "WorkTransferred": Tally.queued,
    "WorkRequeued": Tally.queued,
    "WorkOverflowed": Tally.moved,
    "WorkAssigned": Tally.assigned,
    "AssignmentEnded": Tally.let_go,
    "ConversationParked": Tally.let_go,
    "ConversationResumed": Tally.held,
    "WorkDone": Tally.done,
    "OfferEnded": Tally.offer_ended,
    "SlaBreached": Tally.breached,
    "SlaWarned": Tally.warned,
    "AgentConfigured": Tally.configured,
    "PresenceChanged": Tally.presence,
    "AgentRemoved": Tally.removed,
}


def _waits(customers: Sequence[Customer]) -> list[int]:
    """Of those who were answered or gave up."""
    return sorted(c.waited_ms for c in customers if c.waited_ms is not None and c.end in ("answered", "gave_up"))


def _counted(counter: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counter.items()) if count}


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def _percentile(ordered: Sequence[int], percent: int) -> float | None:
    """The smallest wait that so many did not exceed."""
    return ordered[-(-len(ordered) * percent // 100) - 1] / 1000 if ordered else None
