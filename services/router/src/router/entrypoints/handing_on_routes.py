"""Work handed to others: transferred, discussed with a colleague, forced upon an agent by a supervisor."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import ACTS_FOR_OTHERS, Doors, acting_agent, agent_or_supervisor
from router.entrypoints.requests import ConsultBody, ConsultEndBody, ForceBody, TransferBody
from router.handlers.views import WorkShown
from runtime.api import IdempotencyKey, Principal, requires
from runtime.errors import Refused


def handing_on_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/work", tags=["work"])
    _transfers(router, doors)
    _consults(router, doors)
    return router


def _transfers(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/transfer", response_model=WorkShown)
    async def transfer_work(
        case_id: UUID,
        body: TransferBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Its wait begins anew, its SLA clocks go on. Refused with 422 `transfer_target_invalid` unless it names one target."""
        command = routing.TransferWork(
            case_id=case_id,
            by=agent_or_supervisor(caller, body.agent_id) or None,
            to_agent=body.to_agent,
            to_queue=body.to_queue,
            to_skills=None if body.skills is None else dict(body.skills),
            note=body.note,
        )
        return await doors.command(caller, f"POST /v1/work/{case_id}/transfer", key, command)

    @router.post("/{case_id}/force-assign", response_model=WorkShown)
    async def force_assign_work(
        case_id: UUID,
        body: ForceBody,
        caller: Annotated[Principal, requires("agents:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Over capacity and skills; `WorkForced` says who did so and what it exceeds. Only an offline agent is out of reach."""
        by = caller.agent_id or caller.subject
        command = routing.ForceAssign(case_id=case_id, agent_id=body.agent_id, by=by, reason=body.reason)
        return await doors.command(caller, f"POST /v1/work/{case_id}/force-assign", key, command)


def _consults(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/consult", response_model=WorkShown)
    async def start_consult(
        case_id: UUID,
        body: ConsultBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Whoever has the work asks a colleague, which takes none of the colleague's capacity."""
        if body.kind == "monitor" and ACTS_FOR_OTHERS not in caller.scopes:
            raise Refused("scope_missing", f"To monitor work needs the scope {ACTS_FOR_OTHERS}.", status=403)
        await _require_theirs(doors, caller, case_id)
        command = routing.StartConsult(case_id=case_id, agent_id=body.agent_id, kind=body.kind)
        return await doors.command(caller, f"POST /v1/work/{case_id}/consult", key, command)

    @router.post("/{case_id}/consult/end", response_model=WorkShown)
    async def end_consult(
        case_id: UUID,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: ConsultEndBody | None = None,
    ) -> Response:
        """By whoever has the work, or by the colleague."""
        named = body.agent_id if body is not None else None
        if named is None:
            named = acting_agent(caller, None)
        elif named != caller.agent_id:
            await _require_theirs(doors, caller, case_id)
        command = routing.EndConsult(case_id=case_id, agent_id=named)
        return await doors.command(caller, f"POST /v1/work/{case_id}/consult/end", key, command)


async def _require_theirs(doors: Doors, caller: Principal, case_id: UUID) -> None:
    """A supervisor may speak of anybody's work."""
    if ACTS_FOR_OTHERS in caller.scopes:
        return
    async with doors.read(caller) as reader:
        item = await reader.work(case_id)
    if item is None:
        raise Refused("unknown_work", f"There is no work for case {case_id}.", status=404)
    if caller.agent_id is None or item.agent_id != caller.agent_id:
        raise Refused("work_not_yours", f"Case {case_id} is not with the agent of this token.")
