"""What the agent who has the work, or takes it, does with it."""

from typing import Annotated, Final

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.entrypoints.doors import CaseId, Doors, acting_agent, agent_or_supervisor, supervisor_unless
from router.entrypoints.problem_table import Responses, commanding
from router.entrypoints.requests import ActorBody, RequeueBody
from router.handlers.views import WorkShown
from runtime.api import IdempotencyKey, Principal, requires

_WORK: Final = ("agent_missing", "unknown_work", "work_closed")
_PICK: Final[Responses] = commanding(
    *_WORK,
    "agent_absent",
    "agent_not_in_queue",
    "agent_unskilled",
    "already_assigned",
    "no_capacity",
    "not_pickable",
    "unknown_agent",
)
_REQUEUE: Final[Responses] = commanding(*_WORK, "unknown_queue", "work_not_yours")
_WRAP_UP: Final[Responses] = commanding(*_WORK, "not_wrapping_up", "work_not_yours")


def work_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/work", tags=["work"])

    @router.post("/{case_id}/pick", response_model=WorkShown, responses=_PICK)
    async def pick_work(
        case_id: CaseId,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: ActorBody | None = None,
    ) -> Response:
        """Takes waiting work of a queue that lets agents choose."""
        agent_id = acting_agent(caller, (body or ActorBody()).agent_id)
        command = routing.PickWork(case_id=case_id, agent_id=agent_id)
        return await doors.command(caller, f"POST /v1/work/{case_id}/pick", key, command)

    @router.post("/{case_id}/requeue", response_model=WorkShown, responses=_REQUEUE)
    async def requeue_work(
        case_id: CaseId,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: RequeueBody | None = None,
    ) -> Response:
        """Gives work back to its queue, or to another, at its original age."""
        asked = body or RequeueBody()
        agent_id = agent_or_supervisor(caller, asked.agent_id, asked.as_supervisor)
        command = routing.RequeueWork(
            case_id=case_id,
            agent_id=agent_id,
            to_queue=asked.to_queue,
            note=asked.note,
            supervisor=supervisor_unless(agent_id, caller),
        )
        return await doors.command(caller, f"POST /v1/work/{case_id}/requeue", key, command)

    @router.post("/{case_id}/wrap-up/end", response_model=WorkShown, responses=_WRAP_UP)
    async def end_wrap_up(
        case_id: CaseId,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: ActorBody | None = None,
    ) -> Response:
        """The agent is ready for more before the wrap-up time is over."""
        agent_id = acting_agent(caller, (body or ActorBody()).agent_id)
        command = routing.EndWrapUp(case_id=case_id, agent_id=agent_id)
        return await doors.command(caller, f"POST /v1/work/{case_id}/wrap-up/end", key, command)

    return router
