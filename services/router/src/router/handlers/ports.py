"""What the handlers need of the world: rows, configuration, figures."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

from contracts.base import value
from router.domain.commands import ConfigureAgent
from router.domain.config import RoutingConfig
from router.domain.early import Gap
from router.domain.events import Event
from router.domain.model import ChannelClass, MetricName, TimerKind
from router.domain.state import Changes, State
from runtime.ports import Emitter


class TenantsEmitter(Emitter, Protocol):
    """One transaction over groups of several tenants. It begins as nobody's; `act_for` before each tenant's rows and events."""

    @property
    def traceparent(self) -> str | None:
        """Where in which trace the emitter is; None also when nobody keeps that trace."""
        ...

    def fires(self, what: str, armed: Iterable[str]) -> AbstractContextManager[object]:
        """Around what time made due: a span of its own, linked to the traces in which it was `armed`."""
        ...

    async def act_for(self, tenant: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A calendar or SLA policy: the revision of the tenant's configuration in which it last changed, and what it says."""

    digest: str
    revision: int


Parts = Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class GroupConfig:
    """One revision of a tenant's configuration, ready to route by. `channel_classes` is by channel account."""

    routing: RoutingConfig
    revision: int
    parts: Parts
    agents: tuple[ConfigureAgent, ...]
    channel_classes: Mapping[str, ChannelClass]


class Configs(Protocol):
    def newer(self, tenant: str, than: int, known: Parts) -> GroupConfig | None:
        """The tenant's latest revision, if there is one later than `than` that routes. `known` are the parts of `than`."""
        ...

    def has_newer(self, tenant: str, than: int) -> bool: ...

    def knows(self, tenant: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class GroupRow:
    tenant: str
    revision: int
    parts: Parts
    agents: frozenset[str]


@dataclass(frozen=True, slots=True)
class StoredGroup:
    """`traces`: by case, where its last command was decided, if that trace is kept."""

    row: GroupRow
    state: State
    traces: Mapping[str, str] = field(default_factory=dict)


@value
class DueTimer:
    """`row` is where it lies in the store while its transaction lasts."""

    tenant: str
    case_id: str
    metric: MetricName
    kind: TimerKind
    version: int
    due_at: int
    row: str
    traceparent: str | None = None


@value
class Told:
    """A decided event, the id and key under which it leaves, and its JSON."""

    id: str
    key: str
    event: Event
    json: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command. `status` is the HTTP answer; `state` what the command was about, as it is now."""

    status: int
    code: str
    sentence: str
    state: Mapping[str, Any] | None = None

    @property
    def refused(self) -> bool:
        return self.status >= 400


@dataclass(frozen=True, slots=True)
class CommandResult:
    command_id: UUID
    body_sha256: bytes
    outcome: Outcome


@dataclass(slots=True)
class Writes:
    """What one group's part of a batch leaves in the store. `fired` are rows of timers that are done with."""

    changes: Changes
    fired: Sequence[str] = ()
    told: Sequence[Told] = ()
    results: Sequence[CommandResult] = ()
    row: GroupRow | None = None
    partition: int = 0
    traces: Mapping[str, str] = field(default_factory=dict)


EVER: Final = -62_000_000_000_000  # in the year 5


class Store(Protocol):
    """The groups' rows, seen through one transaction."""

    async def groups(self, partition: int) -> list[StoredGroup]: ...

    async def group(self, tenant: str) -> StoredGroup | None: ...

    async def due_timers(self, tenants: Iterable[str], now: int, limit: int) -> list[DueTimer]:
        """The oldest first. They stay until a write says that they fired."""
        ...

    async def next_due(self, tenants: Iterable[str], after: int = EVER) -> int | None: ...

    async def write(self, writes: Writes) -> None:
        """In the transaction's tenant."""
        ...


class Figures(Protocol):
    def refused(self, code: str) -> None: ...

    def rule_failed(self, times: int) -> None: ...

    def timer_fired(self, late_ms: int) -> None: ...

    def breached(self, times: int) -> None: ...

    def gave_up(self, gap: Gap) -> None: ...


@dataclass(frozen=True, slots=True)
class Work:
    """What deciding may use of one transaction."""

    emitter: TenantsEmitter
    store: Store


@dataclass(frozen=True, slots=True)
class OfferPlace:
    case_id: UUID
    agent_id: str
