"""What the edge needs of the store for many events at once."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol
from uuid import UUID


class Named(NamedTuple):
    """What a provider calls a part of a message of ours, `part` from 0."""

    message_id: UUID
    account: str
    provider_message_id: str
    part: int


@dataclass(slots=True)
class Touched:
    """What a batch says of the rows that it will need.

    `events`, `names` and `conversations` are of new messages. The pairs are account and address, account and provider's message id,
    account and conversation key; `provider_messages` are known by that id. `sent` are messages of ours, `named` what providers call them.
    """

    addresses: set[tuple[str, str]] = field(default_factory=set)
    provider_messages: set[tuple[str, str]] = field(default_factory=set)
    cases: set[UUID] = field(default_factory=set)
    events: set[UUID] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    conversations: set[tuple[str, str]] = field(default_factory=set)
    sent: set[UUID] = field(default_factory=set)
    named: list[Named] = field(default_factory=list)


class Batch(Protocol):
    """Events of one tenant that are worked on together. What their handlers write is in the store when `flush` returns."""

    async def prepare(self, touched: Touched) -> None:
        """Reads and locks: customers by id, then cases by id, then conversations by id."""
        ...

    async def flush(self) -> None:
        """Raises DependencyDown when another transaction was quicker: nothing is lost, the whole batch comes again."""
        ...
