"""What the platform webhooks need of the store, of the configuration and of the wire."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from contracts.subscribable import names_of
from notifier.domain.endpoint import Attempt, Endpoint
from notifier.domain.outcome import Outcome
from notifier.domain.registration import Registration
from notifier.handlers.registry_ports import Registry


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Who hears of what: a subscription of the configuration, by its `account`, or an endpoint that was `registered` by the API."""

    id: str
    events: tuple[str, ...]
    account: str | None = None
    registered: Registration | None = None

    @property
    def types(self) -> frozenset[str]:
        return frozenset[str]().union(*map(names_of, self.events))


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


class DeliveryStatus(StrEnum):
    """`skipped`: the endpoint was enabled from a later place. `waiting` events have their turn after the one that is `retrying`."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    WAITING = "waiting"
    GIVEN_UP = "given_up"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """One event's fate at one endpoint; `last` is its latest attempt."""

    position: int
    event_id: UUID
    type: str
    at: datetime
    status: DeliveryStatus
    attempts: int
    last: Attempt | None


class PlatformLog(Protocol):
    """The tenants' logs and endpoints, inside one transaction."""

    async def ensure(self, tenant: str, subscriptions: Collection[str]) -> None:
        """Each has its endpoint; a new one begins at the end of the log."""
        ...

    async def hold(self, tenant: str) -> int:
        """The log's last position; nobody else adds to it before this transaction ends."""
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

    async def save(self, claimed: Claimed, endpoint: Endpoint, attempts: Sequence[Attempt], *, release: bool) -> bool:
        """False, and nothing is written, when the lease is somebody else's or an operator changed the endpoint."""
        ...

    async def forget(self, tenant: str, subscription: str) -> None: ...

    async def endpoint(self, tenant: str, subscription: str, *, lock: bool = False) -> Endpoint | None: ...

    async def put(self, tenant: str, endpoint: Endpoint) -> None:
        """By an operator: whoever sends to it at this moment loses the lease."""
        ...

    async def failures(self, tenant: str, subscription: str, limit: int) -> list[Attempt]: ...

    async def attempts(self, tenant: str, subscription: str, event_id: UUID) -> list[Attempt]:
        """In their order."""
        ...

    async def deliveries(
        self, tenant: str, subscription: str, types: Collection[str], wanted: "WantedDeliveries"
    ) -> list[EventDelivery]:
        """The newest first."""
        ...

    async def range(self, tenant: str, frm: datetime, to: datetime) -> tuple[int, int] | None:
        """The position before the first event of that time and the last one's; None where nothing is kept of it."""
        ...

    async def sweep_log(self) -> None:
        """Forgets events and attempts older than 14 days."""
        ...


@dataclass(frozen=True, slots=True)
class WantedDeliveries:
    """`before`: a position of the log, where a page ended."""

    limit: int
    before: int | None = None
    status: DeliveryStatus | None = None
    event_id: UUID | None = None


PlatformLogs = Callable[[Any], PlatformLog]


class Subscriptions(Protocol):
    def configured(self, tenant: str) -> dict[str, Subscribed]:
        """Enabled ones of the configuration, by id."""
        ...

    def types(self, tenant: str) -> frozenset[str]:
        """What any of them or of the registered ones wants."""
        ...

    def wants(self, type: str) -> bool:
        """Whether any tenant may: always, where what was registered is not known as it was 2 s ago."""
        ...

    def learn(self, tenant: str, id: str, events: Sequence[str]) -> None: ...

    async def refresh(self, registry: Registry) -> None:
        """Reads what was registered, unless that was done within a second."""
        ...


class Poster(Protocol):
    async def post(self, tenant: str, to: Subscribed, event: LoggedEvent) -> Outcome:
        """One signed request; every outcome is named, nothing raised."""
        ...
