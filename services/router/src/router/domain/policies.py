"""The policies a tenant may choose for its queues and rules. Lengths of time are milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from router.domain.model import ChannelClass
from router.domain.requirements import Requirement

MAX_WRAP_UP_MS = 3_600_000
MAX_PREFERRED = 3


class WrapUp(StrEnum):
    """`until_ended` waits for the agent, at most the queue's `wrap_up_ms`, or an hour when that is zero."""

    NONE = "none"
    FIXED = "fixed"
    UNTIL_ENDED = "until_ended"


class OverflowWhen(StrEnum):
    """`closed` has no limit, `waiting_over` counts items, the other two are milliseconds."""

    CLOSED = "closed"
    WAITING_OVER = "waiting_over"
    OLDEST_OVER = "oldest_over"
    ESTIMATED_OVER = "estimated_over"


class OverflowAction(StrEnum):
    """`queue` obeys the other queue's own overflow, `fallback` is the tenant's last resort and takes everything.

    `promise` tells the customer that an answer will come later and keeps the work waiting; `end` tells and closes.
    """

    QUEUE = "queue"
    FALLBACK = "fallback"
    PROMISE = "promise"
    END = "end"


@dataclass(frozen=True, slots=True)
class Overflow:
    """`message` is the name of the text to send."""

    action: OverflowAction
    queue: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class OverflowBefore:
    """Tried in order when work is about to be queued; the first whose condition holds is done."""

    when: OverflowWhen
    overflow: Overflow
    limit: int = 0


@dataclass(frozen=True, slots=True)
class OverflowAfter:
    """Done once, when the work has waited so long in this queue."""

    wait_ms: int
    overflow: Overflow


@dataclass(frozen=True, slots=True)
class RelaxationStep:
    """Its requirements hold until `until_ms` after queueing; without an end for ever.

    A step that `widens` adds to the steps before, whose agents stay eligible and come first; otherwise it replaces them.
    """

    skills: tuple[Requirement, ...]
    until_ms: int | None = None
    widens: bool = False


@dataclass(frozen=True, slots=True)
class Preference:
    """How long work waits for one agent. What is not respected is not in the way; an offline agent is never waited for."""

    wait_ms: int = 0
    respects_presence: bool = True
    respects_capacity: bool = True
    respects_skills: bool = True


@dataclass(frozen=True, slots=True)
class PreferredAgent:
    agent_id: str
    preference: Preference = Preference()


@dataclass(frozen=True, slots=True)
class CapacityPolicy:
    """`also` is what an item of a class takes of other classes' capacity.

    An `exclusive` class shares an agent with no other class. A class in `interrupts` needs room in its own capacity only.
    """

    also: Mapping[ChannelClass, Mapping[ChannelClass, int]] = field(default_factory=dict)
    exclusive: frozenset[ChannelClass] = frozenset()
    interrupts: frozenset[ChannelClass] = frozenset()


@dataclass(frozen=True, slots=True)
class AbsencePolicy:
    """A lost heartbeat makes an agent offline after `grace_ms`.

    Voice and live work of an offline agent waits again after `abandon_after_ms`; other work stays, or returns after
    `return_after_ms`.
    """

    grace_ms: int = 30_000
    abandon_after_ms: int = 60_000
    return_after_ms: int | None = None
