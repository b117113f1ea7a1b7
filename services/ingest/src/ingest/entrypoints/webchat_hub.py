"""Who is connected to this instance. Every instance hears the whole feed and passes on what belongs to its own visitors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from contracts.chat import VisitorSignalled, VisitorTold
from contracts.envelope import Envelope

_Place = tuple[str, str, str]


class Listener(Protocol):
    """Called on the event loop; must not block."""

    def told(self, event: VisitorTold) -> None: ...
    def signalled(self, event: VisitorSignalled) -> None: ...


class Hub:
    def __init__(self) -> None:
        self._listeners: dict[_Place, set[Listener]] = {}

    @contextmanager
    def join(self, tenant: str, account: str, visitor: str, listener: Listener) -> Iterator[None]:
        place = (tenant, account, visitor)
        here = self._listeners.setdefault(place, set())
        here.add(listener)
        try:
            yield
        finally:
            here.discard(listener)
            if not here and self._listeners.get(place) is here:
                del self._listeners[place]

    def count(self, tenant: str, account: str, visitor: str) -> int:
        return len(self._listeners.get((tenant, account, visitor), ()))

    def heard(self, envelope: Envelope) -> None:
        event = envelope.data
        if isinstance(event, VisitorTold | VisitorSignalled):
            for listener in tuple(self._listeners.get((envelope.tenant, event.account, event.visitor), ())):
                listener.told(event) if isinstance(event, VisitorTold) else listener.signalled(event)
