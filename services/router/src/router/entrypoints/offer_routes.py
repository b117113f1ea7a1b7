from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import Doors, acting_agent
from router.entrypoints.requests import AcceptBody, DeclineBody
from router.handlers.views import WorkShown
from runtime.api import IdempotencyKey, Principal, requires
from runtime.errors import Refused


def offer_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/offers", tags=["offers"])

    @router.post("/{offer_id}/accept", response_model=WorkShown)
    async def accept_offer(
        offer_id: UUID,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: AcceptBody | None = None,
    ) -> Response:
        """Refused with 409 when it has expired (`offer_expired`), was another agent's (`offer_not_yours`) or is over."""
        asked = body or AcceptBody()
        agent_id = acting_agent(caller, asked.agent_id)
        case_id = asked.case_id or await _case_of(doors, caller, offer_id)
        command = routing.AcceptOffer(case_id=case_id, offer_id=offer_id, agent_id=agent_id)
        return await doors.command(caller, f"POST /v1/offers/{offer_id}/accept", key, command)

    @router.post("/{offer_id}/decline", response_model=WorkShown)
    async def decline_offer(
        offer_id: UUID,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: DeclineBody | None = None,
    ) -> Response:
        """The work goes to somebody else, at its original age."""
        asked = body or DeclineBody()
        agent_id = acting_agent(caller, asked.agent_id)
        case_id = asked.case_id or await _case_of(doors, caller, offer_id)
        command = routing.DeclineOffer(case_id=case_id, offer_id=offer_id, agent_id=agent_id, reason=asked.reason)
        return await doors.command(caller, f"POST /v1/offers/{offer_id}/decline", key, command)

    return router


async def _case_of(doors: Doors, caller: Principal, offer_id: UUID) -> UUID:
    async with doors.read(caller) as reader:
        offer = await reader.offer(offer_id)
    if offer is None:
        raise Refused("unknown_offer", f"There is no offer {offer_id}.", status=404)
    return offer.case_id
