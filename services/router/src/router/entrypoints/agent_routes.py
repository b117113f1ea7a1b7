"""Agents: what they can do and how much, whether they are there."""

from typing import Annotated, Final

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import AgentId, Doors, may_act_for
from router.entrypoints.problem_table import Responses, commanding
from router.entrypoints.requests import AgentBody, AgentPartBody, HeartbeatBody, PresenceBody
from router.handlers.views import AgentShown
from runtime.api import IdempotencyKey, Principal, requires

_ABILITIES: Final = ("capacity_invalid", "channel_class_unknown", "skill_level_invalid", "unknown_queue")
_CONFIGURE: Final[Responses] = commanding(*_ABILITIES)
_CHANGE: Final[Responses] = commanding(*_ABILITIES, "unknown_agent")
_REMOVE: Final[Responses] = commanding("unknown_agent")
_PRESENCE: Final[Responses] = commanding("channel_class_unknown", "presence_unknown", "unknown_agent")
_HEARTBEAT: Final[Responses] = commanding("lease_invalid", "unknown_agent")


def agent_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/agents", tags=["agents"])
    _abilities(router, doors)
    _presences(router, doors)
    return router


def _abilities(router: APIRouter, doors: Doors) -> None:
    @router.put("/{agent_id}", response_model=AgentShown, responses=_CONFIGURE)
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

    @router.patch("/{agent_id}", response_model=AgentShown, responses=_CHANGE)
    async def change_agent(
        agent_id: AgentId,
        body: AgentPartBody,
        caller: Annotated[Principal, requires("agents:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Replaces the skills, the queues, the capacity or the name, and leaves the rest as it is at that moment."""
        parts = {name: part for name, part in body.model_dump().items() if part is not None}
        command = routing.ChangeAgent(agent_id=agent_id, **parts)
        return await doors.command(caller, f"PATCH /v1/agents/{agent_id}", key, command)

    @router.delete("/{agent_id}", status_code=204, response_class=Response, responses=_REMOVE)
    async def remove_agent(
        agent_id: AgentId, caller: Annotated[Principal, requires("agents:write")], key: IdempotencyKey
    ) -> Response:
        """The agent's work goes back to its queues at its original age."""
        command = routing.RemoveAgent(agent_id=agent_id)
        done = await doors.command(caller, f"DELETE /v1/agents/{agent_id}", key, command)
        replayed = {name: value for name, value in done.headers.items() if name == "idempotency-replayed"}
        return Response(status_code=204, headers=replayed)


def _presences(router: APIRouter, doors: Doors) -> None:
    @router.put("/{agent_id}/presence", response_model=AgentShown, responses=_PRESENCE)
    async def set_presence(
        agent_id: AgentId,
        body: PresenceBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """One's own; a supervisor's token may set another's. Away and offline withdraw open offers."""
        may_act_for(caller, agent_id)
        by = "agent" if agent_id == caller.agent_id else "supervisor"
        command = routing.SetPresence(
            agent_id=agent_id,
            presence=body.presence,
            source=routing.PresenceSource(body.source or by),
            channel_class=body.channel_class,
        )
        return await doors.command(caller, f"PUT /v1/agents/{agent_id}/presence", key, command)

    @router.put("/{agent_id}/heartbeat", response_model=AgentShown, responses=_HEARTBEAT)
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
