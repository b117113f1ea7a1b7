"""What a stack is asked to be, and where its parts are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

Progress = Callable[[str], None]


class StackKind(StrEnum):
    AUTO = "auto"
    EMBEDDED = "embedded"
    CONTAINERS = "containers"
    EXTERNAL = "external"


@dataclass(frozen=True)
class StackAddresses:
    """`kafka` is host:port, `postgres` a superuser DSN, `broker` its name for people.

    `idempotent` says whether producers may ask for idempotence; it must be off for the last-resort broker.
    """

    kafka: str
    postgres: str
    redis: str
    broker: str
    idempotent: bool


@dataclass(frozen=True, slots=True)
class StackOptions:
    """`state` holds data, logs and stack.json; `cache` what can be fetched again (default: state/cache).

    `durable=False` trades crash safety and peak throughput for a quick start (tests). `detached=True` lets the parts outlive this process.
    `ports` are wishes for kafka, postgres and redis; taken ones are replaced.
    """

    state: Path
    kind: StackKind = StackKind.AUTO
    cache: Path | None = None
    durable: bool = True
    detached: bool = False
    ports: Mapping[str, int] = field(default_factory=dict)
    external: StackAddresses | None = None
    local: Path | None = None

    @property
    def cache_folder(self) -> Path:
        return self.cache or self.state / "cache"

    @property
    def local_folder(self) -> Path:
        """deploy/local of the project, where the pinned versions are."""
        return self.local or Path(__file__).resolve().parents[5] / "deploy" / "local"
