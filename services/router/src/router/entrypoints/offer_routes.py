from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import Doors, acting_agent
from router.entrypoints.problem_table import Responses, commanding
from router.entrypoints.requests import AcceptBody, DeclineBody
from router.handlers.views import WorkShown
from runtime.api import IdempotencyKey, Principal, requires
from runtime.errors import Refused

OfferId = Annotated[UUID, Path(examples=["0d4f1a52-57e6-5b3c-8a4e-1f2e3d4c5b6a"])]
_ANSWER: Final[Responses] = commanding(
    "agent_missing",
    "offer_already_accepted",
    "offer_declined",
    "offer_expired",
    "offer_not_yours",
    "offer_withdrawn",
    "unknown_offer",
    "unknown_work",
    "work_closed",
)


def offer_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/offers", tags=["offers"])

    @router.post("/{offer_id}/accept", response_model=WorkShown, responses=_ANSWER)
    async def accept_offer(
        offer_id: OfferId,
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

    @router.post("/{offer_id}/decline", response_model=WorkShown, responses=_ANSWER)
    async def decline_offer(
        offer_id: OfferId,
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
