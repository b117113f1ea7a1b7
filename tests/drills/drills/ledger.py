"""What was sent and what came of it, kept outside the system."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Outcome(StrEnum):
    """`unknown`: no answer that says; the thing may or may not have happened."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sent:
    """One customer's message. `number` counts up per sender; a sender sends the next one only after the last one's outcome,
    which was known at `at`, by the loop's clock. `channel` is the sender's, `reached_at` what providers call the sender: an address,
    a reply token."""

    event_id: UUID
    tenant: str
    sender: str
    number: int
    text: str
    posts: int
    outcome: Outcome
    why: str = ""
    at: float = 0.0
    channel: str = ""
    reached_at: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Replied:
    """One agent's reply, under one Idempotency-Key. `asked` counts the requests, `why` is the code of a refusal."""

    key: str
    tenant: str
    case_id: UUID
    text: str
    asked: int
    outcome: Outcome
    message_id: UUID | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """One agent's answer to an offer. OK: the agent was told that the case is now theirs."""

    offer_id: UUID
    tenant: str
    case_id: UUID
    agent: str
    outcome: Outcome


@dataclass(slots=True)
class Ledger:
    """`poison` counts records that no reader can take, by topic; `turned_down` what providers were told to refuse for good."""

    sent: list[Sent] = field(default_factory=list)
    replied: list[Replied] = field(default_factory=list)
    poison: dict[str, int] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    turned_down: int = 0

    @property
    def messages(self) -> int:
        return len(self.sent) + len(self.replied)

    @property
    def unknown(self) -> int:
        """Requests that nobody answered in time or in a way that says: of customers, of agents who reply or take an offer."""
        return sum(one.outcome is Outcome.UNKNOWN for one in (*self.sent, *self.replied, *self.taken))
