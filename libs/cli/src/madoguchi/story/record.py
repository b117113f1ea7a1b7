"""What the story did, kept outside the house: the ledger that the house's own state is checked against."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Written:
    """A customer's message that was answered 2xx, `posts` times. `event_id` is what ingest calls it."""

    channel: str
    account: str
    provider_message_id: str
    event_id: str
    text: str
    posts: int


@dataclass(frozen=True, slots=True)
class Replied:
    """An agent's message that the API accepted, in answer to a customer's."""

    channel: str
    message_id: str
    text: str
    answers: Written


@dataclass(slots=True)
class Record:
    written: list[Written] = field(default_factory=list)
    replied: list[Replied] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
