from typing import Annotated, NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import AgentId, Doors, may_act_for
from router.entrypoints.requests import AgentBody, HeartbeatBody, PresenceBody
from router.handlers.views import AgentShown, OfferShown, show_agent
from runtime.api import IdempotencyKey, Page, PageCursor, PageLimit, Principal, page, read_cursor, requires
from runtime.errors import Refused


class _After(NamedTuple):
    agent_id: str


def agent_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/agents", tags=["agents"])
    _reads(router, doors)
    _commands(router, doors)
    return router


def _reads(router: APIRouter, doors: Doors) -> None:
    @router.get("")
    async def list_agents(
        caller: Annotated[Principal, requires("routing:read")], cursor: PageCursor = None, limit: PageLimit = 50
    ) -> Page[AgentShown]:
        after = read_cursor(cursor, _After)
        async with doors.read(caller) as reader:
            agents = await reader.agents(after.agent_id if after else "", limit + 1)
            held = await reader.held([agent.agent_id for agent in agents])
        shown = [show_agent(agent, held.get(agent.agent_id, [])) for agent in agents]
        return page(shown, limit, lambda agent: _After(agent.agent_id))

    @router.get("/{agent_id}")
    async def show_one_agent(agent_id: AgentId, caller: Annotated[Principal, requires("routing:read")]) -> AgentShown:
        """Presence, load, current work and open offers."""
        async with doors.read(caller) as reader:
            agent = await reader.agent(agent_id)
            held = await reader.held([agent_id])
        if agent is None:
            raise _unknown(agent_id)
        return show_agent(agent, held.get(agent_id, []))

    @router.get("/{agent_id}/offers")
    async def list_offers(
        agent_id: AgentId, caller: Annotated[Principal, requires("routing:read")]
    ) -> Page[OfferShown]:
        """The agent's open offers, the oldest first."""
        async with doors.read(caller) as reader:
            if await reader.agent(agent_id) is None:
                raise _unknown(agent_id)
            return Page(items=await reader.open_offers(agent_id))


def _commands(router: APIRouter, doors: Doors) -> None:
    @router.put("/{agent_id}", response_model=AgentShown)
    async def configure_agent(
        agent_id: AgentId, body: AgentBody, caller: Annotated[Principal, requires("agents:write")], key: IdempotencyKey
    ) -> Response:
        """Adds the agent or replaces what there was. Freed capacity is used at once."""
        command = routing.ConfigureAgent(
            agent_id=agent_id,
            name=body.name,
            queues=body.queues,
            skills=dict(body.skills),
            capacity={str(name): units for name, units in body.capacity.items()},
        )
        return await doors.command(caller, f"PUT /v1/agents/{agent_id}", key, command)

    @router.delete("/{agent_id}", status_code=204, response_class=Response)
    async def remove_agent(
        agent_id: AgentId, caller: Annotated[Principal, requires("agents:write")], key: IdempotencyKey
    ) -> Response:
        """The agent's work goes back to its queues at its original age."""
        await doors.command(caller, f"DELETE /v1/agents/{agent_id}", key, routing.RemoveAgent(agent_id=agent_id))
        return Response(status_code=204)

    @router.put("/{agent_id}/presence", response_model=AgentShown)
    async def set_presence(
        agent_id: AgentId,
        body: PresenceBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """One's own; a supervisor's token may set another's. Away and offline withdraw open offers."""
        may_act_for(caller, agent_id)
        source = "agent" if agent_id == caller.agent_id else "supervisor"
        command = routing.SetPresence(agent_id=agent_id, presence=routing.Presence(body.presence), source=source)
        return await doors.command(caller, f"PUT /v1/agents/{agent_id}/presence", key, command)

    @router.put("/{agent_id}/heartbeat", response_model=AgentShown)
    async def receive_heartbeat(
        agent_id: AgentId,
        body: HeartbeatBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """The agent's socket is alive. Without another within the lease no new work comes, and after the grace the agent is offline."""
        may_act_for(caller, agent_id)
        command = routing.HeartbeatReceived(agent_id=agent_id, lease_ms=round(body.lease_seconds * 1000))
        return await doors.command(caller, f"PUT /v1/agents/{agent_id}/heartbeat", key, command)


def _unknown(agent_id: str) -> Refused:
    return Refused("unknown_agent", f"There is no agent {agent_id}.", status=404)
