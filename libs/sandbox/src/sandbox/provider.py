"""What a miniature provider is, so that each is a folder and a line in `providers.py`."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from fastapi import APIRouter

from sandbox.door import Door
from sandbox.faults import FaultSpec
from sandbox.settings import SandboxSettings
from sandbox.wire import Answer, Call, Clock, Ids


@dataclass(frozen=True, slots=True)
class Parts:
    """What one may need. `limit` bounds whatever it remembers."""

    settings: SandboxSettings
    clock: Clock
    ids: Ids
    http: httpx.AsyncClient
    limit: int


@dataclass(frozen=True, slots=True)
class Provider:
    """`name` is the channel's; `routes(door)` have the provider's real paths below /{name} and answer through `door.serve`."""

    name: str
    recipient_of: Callable[[Call], str | None]
    fault_answer: Callable[[FaultSpec], Answer]
    routes: Callable[[Door], APIRouter]
    reset: Callable[[], None]


OpenProvider = Callable[[Parts], Provider]
