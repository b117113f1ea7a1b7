"""Agents as they are now."""

from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query

from router.entrypoints.doors import AgentId, Doors
from router.entrypoints.problem_table import reading
from router.handlers.examples import AGENTS_EXAMPLE, OFFERS_EXAMPLE
from router.handlers.instants import instant
from router.handlers.now_views import AgentNow, ListNow, agent_now, agents_now, offers_now, stored_agent
from router.handlers.views import AgentShown, OfferShown, show_agent
from runtime.api import PageCursor, PageLimit, Principal, page, read_cursor, requires
from runtime.errors import Refused

QueueName = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["returns"])]


class _After(NamedTuple):
    agent_id: str


def agent_reader(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/agents", tags=["agents"])
    _lists(router, doors)

    @router.get("/{agent_id}", responses=reading("unknown_agent"))
    async def show_one_agent(agent_id: AgentId, caller: Annotated[Principal, requires("routing:read")]) -> AgentNow:
        """Presence with its source and since when, load, current work and open offers."""
        shown = await doors.now(caller, lambda engine, now: agent_now(engine, agent_id, now))
        if shown is not None:
            return shown
        async with doors.read(caller) as reader:
            agent = await reader.agent(agent_id)
            held = await reader.held([agent_id])
        if agent is None:
            raise _unknown(agent_id)
        return stored_agent(agent, held.get(agent_id, []), doors.clock.now())

    return router


def _lists(router: APIRouter, doors: Doors) -> None:
    @router.get("", responses=reading("bad_cursor", example=AGENTS_EXAMPLE))
    async def list_agents(
        caller: Annotated[Principal, requires("routing:read")],
        queue: QueueName | None = None,
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> ListNow[AgentShown]:
        """Everybody, or whoever serves one queue, in the order of their ids."""
        after = read_cursor(cursor, _After)
        first = after.agent_id if after else ""
        live = await doors.now(caller, lambda engine, now: (agents_now(engine, first, limit + 1, queue), instant(now)))
        agents, as_of = live or (await _stored(doors, caller, first, limit + 1, queue), doors.clock.now())
        shown = page(agents, limit, lambda agent: _After(agent.agent_id))
        return ListNow(items=shown.items, next=shown.next, live=live is not None, as_of=as_of)

    @router.get("/{agent_id}/offers", responses=reading("unknown_agent", example=OFFERS_EXAMPLE))
    async def list_offers(
        agent_id: AgentId, caller: Annotated[Principal, requires("routing:read")]
    ) -> ListNow[OfferShown]:
        """The agent's open offers, the oldest first."""
        live = await doors.now(caller, lambda engine, now: (offers_now(engine, agent_id), instant(now)))
        if live is not None and live[0] is not None:
            return ListNow(items=live[0], live=True, as_of=live[1])
        async with doors.read(caller) as reader:
            if await reader.agent(agent_id) is None:
                raise _unknown(agent_id)
            return ListNow(items=await reader.open_offers(agent_id), live=False, as_of=doors.clock.now())


async def _stored(doors: Doors, caller: Principal, after: str, limit: int, queue: str | None) -> list[AgentShown]:
    async with doors.read(caller) as reader:
        agents = await reader.agents(after, limit, queue)
        held = await reader.held([agent.agent_id for agent in agents])
    return [show_agent(agent, held.get(agent.agent_id, [])) for agent in agents]


def _unknown(agent_id: str) -> Refused:
    return Refused("unknown_agent", f"There is no agent {agent_id}.", status=404)
