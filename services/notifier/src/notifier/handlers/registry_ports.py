"""What endpoints registered by the API need of the store and of the wire."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from notifier.domain.registration import Registration


@dataclass(frozen=True, slots=True)
class Learned:
    """That an endpoint wants these events; none, once it was removed. `changed_at` is the database's time."""

    tenant: str
    id: str
    events: tuple[str, ...]
    changed_at: datetime


class Registry(Protocol):
    """Registered endpoints, inside one transaction."""

    async def add(self, tenant: str, registration: Registration) -> None: ...

    async def get(self, tenant: str, id: str, *, lock: bool = False) -> Registration | None:
        """None also for an id that is no UUID, and after `remove`."""
        ...

    async def all(self, tenant: str) -> list[Registration]:
        """In the order in which they were made."""
        ...

    async def count(self, tenant: str) -> int: ...

    async def save(self, tenant: str, registration: Registration) -> None: ...

    async def remove(self, tenant: str, id: UUID) -> None: ...

    async def changed(self, since: datetime) -> Sequence[Learned]:
        """Of all tenants."""
        ...

    async def sweep(self) -> None:
        """Forgets what was removed long ago."""
        ...


Registries = Callable[[Any], Registry]


class Sealing(Protocol):
    """Keeps a secret so that the database alone can't tell it. `place` is bound in: it opens at no other."""

    def seal(self, secret: str, place: str) -> str:
        """Raises Refused where no key is configured."""
        ...

    def open(self, sealed: str, place: str) -> str:
        """Raises Failure where no key fits."""
        ...


CheckUrl = Callable[[str], Awaitable[None]]
"""Raises Refused for a URL that we would not send to."""


def place_of(tenant: str, id: UUID) -> str:
    return f"{tenant}/{id}"
