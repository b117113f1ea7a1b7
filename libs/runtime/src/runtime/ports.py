"""What handlers may use of the runtime: values and protocols, no driver."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from contracts.base import Contract, value
from contracts.envelope import Envelope
from contracts.topics import Topic


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class Ids(Protocol):
    def new(self) -> UUID:
        """A UUIDv7."""
        ...


@value
class Delivery:
    """One consumed event and where it was read."""

    envelope: Envelope
    topic: str
    partition: int
    offset: int
    key: bytes | None = None


class Emitter(Protocol):
    """A transaction as a handler sees it: `now` is the database's clock at its start, `emit` writes an outbox row of it."""

    @property
    def tenant(self) -> str: ...

    @property
    def now(self) -> datetime: ...

    def emit(self, topic: Topic, key: str, event: Contract, *, id: UUID | None = None) -> UUID: ...

    def emit_told(self, topic: Topic, key: str, kind: type[Contract], data: bytes) -> str:
        """As `emit`, for what need not be validated: `data` is the JSON that `kind` writes, None left out. Returns the id's text.

        All that follows from one cause leaves under one span.
        """
        ...


class Bucket(Protocol):
    """A token bucket: `rate` tokens a second, at most `burst` at once."""

    @property
    def rate(self) -> float: ...

    @property
    def burst(self) -> float: ...


class Files(Protocol):
    async def put(self, key: str, content: bytes) -> None:
        """Durable when it returns; putting the same again changes nothing. Raises DependencyDown."""
        ...

    async def get(self, key: str) -> bytes | None:
        """None where there is no such file. Raises DependencyDown."""
        ...

    async def has(self, key: str) -> bool:
        """Raises DependencyDown."""
        ...


class Once(Protocol):
    async def is_first(self, token: str, use: str, life: timedelta) -> bool:
        """The token was used for nothing within its life, or for this use: then a retry says the same again."""
        ...
