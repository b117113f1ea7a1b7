from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from contracts import routing
from router.domain.engine import Engine
from router.domain.events import Refusal
from router.entrypoints.doors import Doors, acting_agent, agent_or_supervisor
from router.entrypoints.requests import ActorBody, RequeueBody
from router.handlers.explanations import ExplanationShown, explain_live, explain_stored
from router.handlers.instants import instant
from router.handlers.queue_views import WaitShown, show_stored_wait, show_wait
from router.handlers.views import ProofShown, WorkShown, show_clock, show_work
from runtime.api import IdempotencyKey, Principal, requires
from runtime.errors import Refused


def work_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["work"])
    _reads(router, doors)
    _commands(router, doors)
    return router


def _reads(router: APIRouter, doors: Doors) -> None:
    @router.get("/work/{case_id}")
    async def show_one_work(case_id: UUID, caller: Annotated[Principal, requires("routing:read")]) -> WorkShown:
        """State, queue, agent and SLA clocks."""
        async with doors.read(caller) as reader:
            item = await reader.work(case_id)
        if item is None:
            raise _unknown(case_id)
        return show_work(item)

    @router.get("/work/{case_id}/explain")
    async def explain_work(case_id: UUID, caller: Annotated[Principal, requires("routing:read")]) -> ExplanationShown:
        """Why it is where it is: rules, candidates with the first reason why not, offers, next timer, decisions so far."""
        async with doors.read(caller) as reader:
            item = await reader.work(case_id)
            decisions = await reader.decisions(case_id)
        if item is None:
            raise _unknown(case_id)
        shown = await doors.live.ask(caller.tenant, lambda engine, now: _explain(engine, str(case_id), now))
        return (shown or explain_stored(item, doors.clock.now())).model_copy(update={"decisions": decisions})

    @router.get("/work/{case_id}/wait")
    async def show_wait_of_work(case_id: UUID, caller: Annotated[Principal, requires("routing:read")]) -> WaitShown:
        """How long it has waited and is expected to, and how many are before it."""
        async with doors.read(caller) as reader:
            item = await reader.work(case_id)
        if item is None:
            raise _unknown(case_id)
        shown = await doors.live.ask(caller.tenant, lambda engine, now: _wait(engine, str(case_id), now))
        return shown or show_stored_wait(item, doors.clock.now())

    @router.get("/cases/{case_id}/sla/proof")
    async def prove_sla(case_id: UUID, caller: Annotated[Principal, requires("routing:read")]) -> ProofShown:
        """The SLA ledger of the case and the clocks that follow from it."""
        async with doors.read(caller) as reader:
            item = await reader.work(case_id)
            ledger, clocks = await reader.ledger(case_id)
        if item is None:
            raise _unknown(case_id)
        replayed = {clock.metric: clock for clock in clocks}
        agrees = all(replayed.get(metric) == clock for metric, clock in item.clocks.items())
        return ProofShown(case_id=case_id, ledger=ledger, replayed=tuple(map(show_clock, clocks)), agrees=agrees)


def _commands(router: APIRouter, doors: Doors) -> None:
    @router.post("/work/{case_id}/pick", response_model=WorkShown)
    async def pick_work(
        case_id: UUID,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: ActorBody | None = None,
    ) -> Response:
        """Takes waiting work of a queue that lets agents choose."""
        agent_id = acting_agent(caller, (body or ActorBody()).agent_id)
        command = routing.PickWork(case_id=case_id, agent_id=agent_id)
        return await doors.command(caller, f"POST /v1/work/{case_id}/pick", key, command)

    @router.post("/work/{case_id}/requeue", response_model=WorkShown)
    async def requeue_work(
        case_id: UUID,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: RequeueBody | None = None,
    ) -> Response:
        """Gives work back to its queue at its original age."""
        asked = body or RequeueBody()
        agent_id = agent_or_supervisor(caller, asked.agent_id)
        command = routing.RequeueWork(case_id=case_id, agent_id=agent_id, note=asked.note)
        return await doors.command(caller, f"POST /v1/work/{case_id}/requeue", key, command)

    @router.post("/work/{case_id}/wrap-up/end", response_model=WorkShown)
    async def end_wrap_up(
        case_id: UUID,
        caller: Annotated[Principal, requires("routing:write")],
        key: IdempotencyKey,
        body: ActorBody | None = None,
    ) -> Response:
        """The agent is ready for more before the wrap-up time is over."""
        agent_id = acting_agent(caller, (body or ActorBody()).agent_id)
        command = routing.EndWrapUp(case_id=case_id, agent_id=agent_id)
        return await doors.command(caller, f"POST /v1/work/{case_id}/wrap-up/end", key, command)


def _explain(engine: Engine, case_id: str, now: int) -> ExplanationShown | None:
    explained = engine.explain(case_id, now)
    if isinstance(explained, Refusal):
        return None
    return explain_live(explained, engine.state.work[case_id], instant(now))


def _wait(engine: Engine, case_id: str, now: int) -> WaitShown | None:
    view = engine.wait_view(case_id, now)
    return None if isinstance(view, Refusal) else show_wait(view, instant(now))


def _unknown(case_id: UUID) -> Refused:
    return Refused("unknown_work", f"There is no work for case {case_id}.", status=404)
