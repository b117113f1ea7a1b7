"""`/v1` over the deciding of one partition in memory: what a request asks is decided at once, time is the test's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from pydantic_core import from_json
from starlette.datastructures import Headers

from contracts import routing
from contracts.config import Agent, Queue
from contracts.envelope import Envelope
from router.domain.model import WorkItem
from router.domain.records import work_from_record
from router.entrypoints.command_door import CommandDoor
from router.entrypoints.doors import Doors
from router.handlers.live_groups import LiveGroup, LiveGroups
from router.handlers.ports import CommandResult
from router.handlers.waiters import Waiters
from router.wiring import create_doors_api
from runtime.ids import SystemIds
from runtime.principal import Principal

AGENTS_ONLY = "routing:read routing:write"
ALL_SCOPES = f"{AGENTS_ONLY} agents:write"
FLOOR = {
    "skills": ("japanese",),
    "queues": (Queue(id="main"), Queue(id="returns")),
    "agents": (
        Agent(id="aiko", name="愛子", queues=("main", "returns"), skills={"japanese": 8}, capacity={"messaging": 1}),
        Agent(id="ken", name="健", queues=("main",), capacity={"messaging": 1}),
    ),
    "rules": (),
}


class HeaderAuthenticator:
    async def authenticate(self, headers: Headers) -> Principal:
        scopes = frozenset(headers["x-scopes"].split())
        return Principal("acme", "user-1", scopes, headers.get("x-agent"))


@dataclass
class Desk:
    """The log, the store and the callers of one router."""

    room: Any
    live: LiveGroups = field(default_factory=LiveGroups)
    waiters: Waiters = field(default_factory=Waiters)
    results: dict[UUID, CommandResult] = field(default_factory=dict)
    commands: list[Envelope] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    owns: bool = True
    _api: FastAPI | None = None

    def now(self) -> datetime:
        now: datetime = self.room.now
        return now

    async def publish(self, records: Sequence[Any], timeout: float) -> None:
        envelopes = [record.envelope for record in records]
        self.commands += envelopes
        self.told = await self.room.deliver_enveloped(*envelopes)
        self.results |= {result.command_id: result for _, result in self.room.dispatch.results}
        self.waiters.resolve(self.room.dispatch.results)
        self.serve()

    def serve(self) -> None:
        if self.owns and not self.live.owns("acme"):
            self.live.serve("acme", LiveGroup(self.room.engine()), lambda: int(self.now().timestamp() * 1000))

    @asynccontextmanager
    async def read(self, tenant: str) -> AsyncIterator[Any]:
        yield self

    async def result(self, command_id: UUID) -> CommandResult | None:
        return self.results.get(command_id)

    async def work(self, case_id: UUID) -> WorkItem | None:
        record = self.room.store.work.get("acme", {}).get(str(case_id))
        return None if record is None else work_from_record(from_json(record))

    async def decisions(self, case_id: UUID) -> tuple[Any, ...]:
        return ()

    async def queued(self) -> UUID:
        """New work; the events are in `told`."""
        case_id = uuid4()
        asked = self.room.work_requested(case_id, "hello")
        case = asked.case.model_copy(update={"opened_at": self.room.now})
        self.told = await self.room.deliver(asked.model_copy(update={"case": case, "requested_at": self.room.now}))
        self.serve()
        return case_id

    async def present(self, *agents: str) -> None:
        for agent_id in agents:
            presence = routing.SetPresence(agent_id=agent_id, presence=routing.Presence.AVAILABLE)
            self.told = await self.room.deliver(presence)
        self.serve()

    async def assigned(self, agent_id: str = "aiko") -> UUID:
        """New work that the agent, alone present, has accepted."""
        await self.present(agent_id)
        case_id = await self.queued()
        (offer,) = [event for event in self.told if isinstance(event, routing.WorkOffered)]
        await self.room.deliver(routing.AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id=agent_id))
        return case_id

    async def ask(self, method: str, path: str, agent: str | None = None, **more: Any) -> httpx.Response:
        """Without an agent as a supervisor, with one as that agent and no more."""
        given = {"x-scopes": AGENTS_ONLY if agent else ALL_SCOPES, **({"x-agent": agent} if agent else {})}
        transport = httpx.ASGITransport(self._built(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
            return await client.request(method, path, headers=given | more.pop("headers", {}), **more)

    def _built(self) -> FastAPI:
        self._api = self._api or self._build()
        return self._api

    def _build(self) -> FastAPI:
        door = CommandDoor(self, self.read, self.live, self.waiters, self, SystemIds(), lambda _: True, 2.0)
        return create_doors_api(
            Doors(self, lambda desk, _: desk, door, self.live, self.room.feed, self), HeaderAuthenticator()
        )


@pytest.fixture
def desk(room: Any) -> Desk:
    room.feed.accept(room.tenant_config(revision=2, **FLOOR))
    return Desk(room)
