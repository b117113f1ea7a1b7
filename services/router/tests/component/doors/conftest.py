"""`/v1` over the deciding of one partition in memory: what a request asks is decided at once, time is the test's."""

import re
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
from router.domain.events import SlaEntry
from router.domain.ledger import replay_ledger
from router.domain.model import WorkItem, WorkState
from router.domain.records import agent_from_record, work_from_record
from router.entrypoints.command_door import CommandDoor
from router.entrypoints.doors import Doors
from router.handlers.instants import instant
from router.handlers.live_groups import LiveGroup, LiveGroups
from router.handlers.ports import CommandResult, OfferPlace
from router.handlers.queue_views import QueueShown
from router.handlers.views import LedgerShown, show_offer
from router.handlers.waiters import Waiters
from router.wiring import create_doors_api
from runtime.api import openapi
from runtime.ids import SystemIds
from runtime.principal import Principal

_DOCUMENT: dict[str, Any] = {}
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

    async def agents(self, after: str, limit: int, queue: str | None = None) -> list[Any]:
        stored = self.room.store.agents.get("acme", {})
        agents = [agent_from_record(from_json(stored[agent_id])) for agent_id in sorted(stored) if agent_id > after]
        return [agent for agent in agents if queue in (None, *agent.queues)][:limit]

    async def agent(self, agent_id: str) -> Any:
        return next((agent for agent in await self.agents("", 1000) if agent.agent_id == agent_id), None)

    async def held(self, agent_ids: Sequence[str]) -> dict[str, list[WorkItem]]:
        work = [item for item in self._stored_work() if item.state is not WorkState.DONE]
        return {agent_id: [item for item in work if item.agent_id == agent_id] for agent_id in agent_ids}

    async def open_offers(self, agent_id: str) -> list[Any]:
        held = (await self.held([agent_id]))[agent_id]
        return [show_offer(item, item.offer) for item in held if item.offer is not None]

    async def offer(self, offer_id: UUID) -> OfferPlace | None:
        places = {
            UUID(o.offer_id): OfferPlace(UUID(w.case_id), o.agent_id) for w in self._stored_work() for o in w.offers
        }
        return places.get(offer_id)

    async def queues(self, names: Sequence[str]) -> list[QueueShown]:
        waiting = [item.queue for item in self._stored_work() if item.state is WorkState.QUEUED]
        return [QueueShown(queue=name, waiting=waiting.count(name), agents={}) for name in sorted(names)]

    async def waiting(self, queue: str, after: Any, limit: int) -> list[WorkItem]:
        waits = [item for item in self._stored_work() if (item.queue, item.state) == (queue, WorkState.QUEUED)]
        ordered = sorted((instant(item.queued_at), UUID(item.case_id), item) for item in waits)
        return [item for queued_at, case_id, item in ordered if after is None or (queued_at, case_id) > after][:limit]

    async def ledger(self, case_id: UUID) -> Any:
        told = [each for writes in self.room.store.written for each in writes.told]
        entries = [one for one in told if isinstance(one.event, SlaEntry) and one.event.case_id == str(case_id)]
        shown = tuple(
            LedgerShown(position=n, type=type(one.event).__name__, event_id=one.id, at=instant(one.event.at), entry={})
            for n, one in enumerate(entries, 1)
        )
        return shown, tuple(replay_ledger(one.event for one in entries).values())

    def _stored_work(self) -> list[WorkItem]:
        return [work_from_record(from_json(record)) for record in self.room.store.work.get("acme", {}).values()]

    async def queued(self, **more: Any) -> UUID:
        """New work; the events are in `told`."""
        case_id = uuid4()
        asked = self.room.work_requested(case_id, "hello", **more)
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
            answer = await client.request(method, path, headers=given | more.pop("headers", {}), **more)
        if answer.status_code >= 400:
            code = answer.json()["code"]
            assert code in self.declared(method, path)[answer.status_code], f"{method} {path} does not declare {code}"
        return answer

    def declared(self, method: str, path: str) -> dict[int, set[str]]:
        """The codes that the OpenAPI document declares for this operation, by status."""
        paths = self.document()["paths"]
        (found,) = [each for each in paths if method.lower() in paths[each] and _matches(each, path)][:1]
        answers = {
            status: answer for status, answer in paths[found][method.lower()]["responses"].items() if status.isdigit()
        }
        problems = {
            int(status): answer["content"].get("application/problem+json")
            for status, answer in answers.items()
            if "content" in answer
        }
        return {status: set(problem["examples"]) for status, problem in problems.items() if problem}

    def document(self) -> dict[str, Any]:
        """The same for every desk, and slow to make."""
        if not _DOCUMENT:
            _DOCUMENT.update(openapi(self._built()))
        return _DOCUMENT

    def _built(self) -> FastAPI:
        self._api = self._api or self._build()
        return self._api

    def _build(self) -> FastAPI:
        door = CommandDoor(self, self.read, self.live, self.waiters, self, SystemIds(), lambda _: True, 2.0)
        return create_doors_api(
            Doors(self, lambda desk, _: desk, door, self.live, self.room.feed, self), HeaderAuthenticator()
        )


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", template), path.split("?")[0]) is not None


@pytest.fixture
def desk(room: Any) -> Desk:
    room.feed.accept(room.tenant_config(revision=2, **FLOOR))
    return Desk(room)
