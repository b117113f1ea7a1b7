"""What the house holds when a drill is over: plain values, so that the checker needs no house."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of the history. `opened_at` orders the cases of one customer."""

    tenant: str
    case_id: UUID
    opened_at: datetime
    seq: int
    event_id: UUID
    message_id: UUID
    inbound: bool
    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """An agent held a case, by `offer` or by `assignment`; still does when `until` is empty."""

    kind: str
    id: UUID
    tenant: str
    case_id: UUID
    agent_id: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class SlaEntry:
    """A line of the SLA ledger, in its order. `warning` names the offset of a warning."""

    tenant: str
    case_id: UUID
    metric: str
    type: str
    at: datetime
    due_at: datetime | None
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a customer saw, and what their provider calls them."""

    text: str
    recipient: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event id on `inbound.messages`: the house owes it a place in the history or among the dead letters."""

    tenant: str
    event_id: UUID


@dataclass(frozen=True, slots=True)
class Facts:
    """`shown` are the texts of cases as the public API tells them, in its order; `deliveries` is the state by message id,
    `visible` what customers saw, `assigned_told` the assignments told on `routing.events`, `overdue` what is due by
    the clock and was not done, `left` what had not come to rest in time."""

    entries: tuple[Entry, ...] = ()
    held: tuple[Held, ...] = ()
    capacity: Mapping[tuple[str, str], int] = field(default_factory=dict)
    deliveries: Mapping[UUID, str] = field(default_factory=dict)
    visible: tuple[Seen, ...] = ()
    sla: tuple[SlaEntry, ...] = ()
    arrived: tuple[Arrived, ...] = ()
    dead: tuple[UUID, ...] = ()
    dead_by_topic: Mapping[str, int] = field(default_factory=dict)
    assigned_told: frozenset[UUID] = frozenset()
    overdue: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    shown: Mapping[tuple[str, UUID], tuple[str, ...]] = field(default_factory=dict)
