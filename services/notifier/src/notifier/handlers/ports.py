"""What the handlers need of the store, of the configuration and of the providers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from contracts.values import Author, Content, MessageStatus, ReplyPath
from notifier.domain.choose_path import Method, Path, Way
from notifier.domain.delivery import Repetition, State, WebhookEvent
from notifier.domain.outcome import WAITING_FOR_APPROVAL, Kind, Outcome
from runtime.ports import Emitter


@dataclass(frozen=True, slots=True)
class NewDelivery:
    tenant: str
    id: UUID
    case_id: UUID
    author: Author
    content: Content
    paths: tuple[ReplyPath, ...]
    idempotency_key: UUID
    requested_at: datetime
    expires_at: datetime
    traceparent: str | None
    event: WebhookEvent | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of table `delivery`. `chosen` is the way of the attempt at hand or of the last one."""

    tenant: str
    id: UUID
    case_id: UUID
    conversation_id: UUID
    sequence: int
    state: State
    author: Author
    content: Content
    paths: tuple[ReplyPath, ...]
    idempotency_key: UUID
    requested_at: datetime
    expires_at: datetime
    next_attempt_at: datetime
    traceparent: str | None = None
    event: WebhookEvent | None = None
    attempt: int = 0
    failures: int = 0
    faults: int = 0
    claimed_from: State | None = None
    attempt_started_at: datetime | None = None
    chosen: Way | None = None
    closed: Mapping[str, Kind] = field(default_factory=dict)
    doubtful_since: datetime | None = None
    parts_done: int = 0
    parts_total: int | None = None
    provider_message_ids: tuple[str, ...] = ()
    last_code: str | None = None
    last_reason: str | None = None
    finished_at: datetime | None = None
    approved_by: str | None = None

    @property
    def waits_for_approval(self) -> bool:
        return self.state is State.HELD and self.last_code == WAITING_FOR_APPROVAL

    @property
    def path(self) -> ReplyPath:
        """The chosen path; before any was chosen, the one the reply was meant for."""
        return self.paths[self.chosen.path if self.chosen else 0]


@dataclass(frozen=True, slots=True)
class Due:
    """`next_due`: when the first of all others is, if these are fewer than were asked for. It may be past: something holds it back."""

    deliveries: Sequence[Delivery]
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """New values of a delivery; None leaves a column alone, except `doubtful_since`, which is always written.

    `uncounted`: the claim did not become an attempt.
    """

    state: State
    doubtful_since: datetime | None
    next_attempt_at: datetime | None = None
    failures: int | None = None
    faults: int | None = None
    closed: Mapping[str, Kind] | None = None
    method: Method | None = None
    parts_done: int | None = None
    parts_total: int | None = None
    provider_message_ids: tuple[str, ...] | None = None
    code: str | None = None
    reason: str | None = None
    finished: bool = False
    uncounted: bool = False


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    n: int
    started_at: datetime
    ended_at: datetime
    channel: str
    account: str
    method: str | None
    outcome: str
    code: str
    reason: str
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class ParkedReceipt:
    account: str
    recipient: str
    provider_message_id: str
    status: MessageStatus
    reason: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Leases:
    """`lease`: how long an attempt may take. `max_hold`: how long a retry blocks the conversation's later messages.

    `owner` names this process for ever: after a crash the same name knows at once that its leases are void.
    """

    owner: str = "0"
    lease: timedelta = timedelta(seconds=45)
    max_hold: timedelta = timedelta(minutes=10)


class Work(Emitter, Protocol):
    """A transaction that may write for one tenant after the other."""

    async def act_for(self, tenant: str) -> None: ...


class Deliveries(Protocol):
    """Table `delivery` and its satellites, inside one transaction."""

    async def add(self, new: NewDelivery) -> bool:
        """False when the message is there already."""
        ...

    async def due(self, limit: int) -> Due:
        """What is due and at the head of its conversation, the longest due first; locked, and passed over where others hold it."""
        ...

    async def take(self, begun: Sequence[tuple[Delivery, Way | None]], leases: Leases) -> None:
        """They become `sending`, on the way given or the last one. Raises Fenced when another sender was quicker."""
        ...

    async def expired_leases(self, limit: int) -> list[Delivery]:
        """Locked for this transaction."""
        ...

    async def save(
        self, delivery: Delivery, change: Change, attempt: AttemptRecord | None, frm: Sequence[State]
    ) -> bool:
        """Only while the delivery is in one of the states `frm` and at the same attempt; else False and nothing is written."""
        ...

    async def release(self, delivery: Delivery, until: datetime) -> bool:
        """Back to where it was claimed from, as if the attempt had not begun."""
        ...

    async def advance(
        self, delivery: Delivery, parts_done: int, ids: tuple[str, ...], method: Method, lease: timedelta
    ) -> bool:
        """A part was taken and the next goes out: progress kept, lease renewed."""
        ...

    async def get(self, id: UUID, *, lock: bool = False) -> Delivery | None: ...

    async def attempts(self, id: UUID) -> list[AttemptRecord]: ...

    async def listed(self, state: State | None, after: int, limit: int) -> list[Delivery]: ...

    async def approve(self, delivery: Delivery, by: str) -> None: ...

    async def redrive(self, delivery: Delivery, expires_at: datetime) -> bool:
        """Back to `pending`, due now, with a fresh schedule; what was delivered of it stays delivered."""
        ...

    async def owns_provider_id(self, account: str, provider_message_id: str) -> bool: ...

    async def doubtful(self, account: str, recipient: str) -> list[Delivery]:
        """Sending, ambiguous or held to that recipient; locked, the oldest first."""
        ...

    async def park(self, receipt: ParkedReceipt) -> None: ...

    async def parked(self, account: str, recipient: str) -> list[ParkedReceipt]: ...

    async def unpark(self, account: str, provider_message_ids: Sequence[str]) -> None: ...


class DeliveryQueue(Deliveries, Protocol):
    """What the sender's loop needs besides, across all tenants."""

    async def next_due(self) -> datetime | None: ...

    async def abandon(self, owner: str) -> None:
        """The owner's leases end now."""
        ...

    async def sweep(self) -> None:
        """Forgets parked receipts older than 48 hours, and what visitors were told more than 90 days ago."""
        ...

    async def waiting(self) -> dict[str, int]:
        """How many have not ended, by state."""
        ...


Stores = Callable[[Any], DeliveryQueue]
"""The store inside a transaction."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the configuration says about a delivery's paths, in their order."""

    paths: tuple[Path, ...]
    fallback: bool


class Routes(Protocol):
    def facts(self, delivery: Delivery) -> Facts: ...

    def repetition(self, delivery: Delivery) -> Repetition:
        """What repeating the attempt at hand would do."""
        ...

    def expire_after(self, tenant: str) -> timedelta: ...


@dataclass(frozen=True, slots=True)
class Carried:
    """An attempt that ended. `sent_by` tells how the last request travelled; `outcome.ids` are of this attempt only."""

    outcome: Outcome
    sent_by: Method
    parts_done: int
    parts_total: int | None
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deferred:
    """No request was made: a limit of ours said not now."""

    until: datetime
    reason: str


SavePart = Callable[[int, tuple[str, ...], Method], Awaitable[bool]]


class Carrier(Protocol):
    async def carry(self, delivery: Delivery, way: Way, save_part: SavePart) -> Carried | Deferred:
        """Makes the requests of this way that are not made yet."""
        ...
