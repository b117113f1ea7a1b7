"""Work handed to others: transferred, discussed with a colleague, forced upon an agent by a supervisor."""

from typing import Annotated, Final

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import CaseId, Doors, acting_agent, agent_or_supervisor, person, supervisor_unless
from router.entrypoints.problem_table import Responses, commanding
from router.entrypoints.requests import ConsultBody, ConsultEndBody, ForceBody, TransferBody
from router.handlers.views import WorkShown
from runtime.api import IdempotencyKey, Principal, requires

_WORK: Final = ("unknown_work", "work_closed")
_TRANSFER: Final[Responses] = commanding(
    *_WORK,
    "agent_absent",
    "agent_missing",
    "same_agent",
    "skill_level_invalid",
    "transfer_target_invalid",
    "unknown_agent",
    "unknown_queue",
    "unknown_skill",
    "work_not_yours",
)
_FORCE: Final[Responses] = commanding(*_WORK, "agent_absent", "same_agent", "unknown_agent")
_CONSULT: Final[Responses] = commanding(
    *_WORK,
    "agent_absent",
    "agent_missing",
    "already_consulted",
    "consult_kind_unknown",
    "not_assigned",
    "same_agent",
    "unknown_agent",
    "work_not_yours",
)
_CONSULT_END: Final[Responses] = commanding(*_WORK, "agent_missing", "not_consulted", "work_not_yours")


def handing_on_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/work", tags=["work"])
    _transfers(router, doors)
    _consults(router, doors)
    return router


def _transfers(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/transfer", response_model=WorkShown, responses=_TRANSFER)
    async def transfer_work(
        case_id: CaseId,
        body: TransferBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Its wait begins anew, its SLA clocks go on. Refused with 422 `transfer_target_invalid` unless it names one target."""
        by = agent_or_supervisor(caller, body.agent_id, body.as_supervisor)
        command = routing.TransferWork(
            case_id=case_id,
            by=by,
            to_agent=body.to_agent,
            to_queue=body.to_queue,
            to_skills=None if body.skills is None else dict(body.skills),
            note=body.note,
            supervisor=supervisor_unless(by, caller),
        )
        return await doors.command(caller, f"POST /v1/work/{case_id}/transfer", key, command)

    @router.post("/{case_id}/force-assign", response_model=WorkShown, responses=_FORCE)
    async def force_assign_work(
        case_id: CaseId,
        body: ForceBody,
        caller: Annotated[Principal, requires("agents:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Over capacity and skills; `WorkForced` says who did so and what it exceeds. Only an offline agent is out of reach."""
        command = routing.ForceAssign(case_id=case_id, agent_id=body.agent_id, by=person(caller), reason=body.reason)
        return await doors.command(caller, f"POST /v1/work/{case_id}/force-assign", key, command)


def _consults(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/consult", response_model=WorkShown, responses=_CONSULT)
    async def start_consult(
        case_id: CaseId,
        body: ConsultBody,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
    ) -> Response:
        """Whoever has the work asks a colleague, which takes none of the colleague's capacity."""
        by = agent_or_supervisor(caller, None, body.as_supervisor or body.kind == "monitor")
        command = routing.StartConsult(
            case_id=case_id, agent_id=body.agent_id, kind=body.kind, by=by, supervisor=supervisor_unless(by, caller)
        )
        return await doors.command(caller, f"POST /v1/work/{case_id}/consult", key, command)

    @router.post("/{case_id}/consult/end", response_model=WorkShown, responses=_CONSULT_END)
    async def end_consult(
        case_id: CaseId,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: ConsultEndBody | None = None,
    ) -> Response:
        """By whoever has the work, or by the colleague."""
        asked = body or ConsultEndBody()
        by = agent_or_supervisor(caller, None, asked.as_supervisor)
        agent_id, supervisor = asked.agent_id or acting_agent(caller, None), supervisor_unless(by, caller)
        command = routing.EndConsult(case_id=case_id, agent_id=agent_id, by=by, supervisor=supervisor)
        return await doors.command(caller, f"POST /v1/work/{case_id}/consult/end", key, command)
