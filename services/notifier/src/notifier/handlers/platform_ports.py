"""What the platform webhooks need of the store, of the configuration and of the wire."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from contracts.config import WebhookSubscription
from notifier.domain.endpoint import Endpoint, Failed
from notifier.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class NewEvent:
    """`data` is the event's JSON, as it was told."""

    id: UUID
    type: str
    data: str = field(repr=False)
    at: datetime
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEvent(NewEvent):
    position: int = 0


@dataclass(frozen=True, slots=True)
class Claimed:
    """An endpoint that this process may send to until `until`; `epoch` fences a process that slept over it."""

    tenant: str
    endpoint: Endpoint
    epoch: int
    until: datetime


class PlatformLog(Protocol):
    """The tenants' logs and endpoints, inside one transaction."""

    async def ensure(self, tenant: str, subscriptions: Collection[str]) -> None:
        """Each has its endpoint; a new one begins at the end of the log."""
        ...

    async def append(self, tenant: str, events: Sequence[NewEvent]) -> None:
        """In this order; one that is there already is passed over."""
        ...

    async def claim(self, limit: int, lease: timedelta) -> list[Claimed]:
        """Enabled endpoints that are due and have something before them, of all tenants."""
        ...

    async def next_due(self) -> datetime | None: ...

    async def events(
        self, tenant: str, after: int, types: Collection[str], limit: int, until: int | None
    ) -> list[LoggedEvent]: ...

    async def last(self, tenant: str) -> int: ...

    async def save(self, claimed: Claimed, endpoint: Endpoint, failures: Sequence[Failed], *, release: bool) -> bool:
        """False, and nothing is written, when the lease is somebody else's or an operator changed the endpoint."""
        ...

    async def forget(self, tenant: str, subscription: str) -> None: ...

    async def endpoint(self, tenant: str, subscription: str, *, lock: bool = False) -> Endpoint | None: ...

    async def put(self, tenant: str, endpoint: Endpoint) -> None:
        """By an operator: whoever sends to it at this moment loses the lease."""
        ...

    async def failures(self, tenant: str, subscription: str, limit: int) -> list[Failed]: ...

    async def range(self, tenant: str, frm: datetime, to: datetime) -> tuple[int, int] | None:
        """The position before the first event of that time and the last one's; None where nothing is kept of it."""
        ...

    async def sweep_log(self) -> None:
        """Forgets events and failures older than 14 days."""
        ...


PlatformLogs = Callable[[Any], PlatformLog]


class Subscriptions(Protocol):
    def of(self, tenant: str) -> dict[str, WebhookSubscription]:
        """Enabled ones, by id."""
        ...

    def types(self, tenant: str) -> frozenset[str]:
        """What any of them wants."""
        ...

    def types_of(self, tenant: str, subscription: str) -> frozenset[str]: ...

    def wants(self, type: str) -> bool:
        """Whether any tenant does."""
        ...


class Poster(Protocol):
    async def post(self, tenant: str, subscription: WebhookSubscription, event: LoggedEvent) -> Outcome:
        """One signed request; every outcome is named, nothing raised."""
        ...
