"""Work as it is now, and why."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from router.domain.engine import Engine
from router.domain.events import Refusal
from router.domain.model import WorkItem
from router.entrypoints.doors import CaseId, Doors
from router.entrypoints.problem_table import reading
from router.handlers.explanations import ExplanationShown, explain_live, explain_stored
from router.handlers.instants import instant
from router.handlers.now_views import WorkNow, stored_work, work_now
from router.handlers.queue_views import WaitShown, show_stored_wait, show_wait
from router.handlers.reader import Reader
from runtime.api import Principal, requires
from runtime.errors import Refused


def work_reader(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/work", tags=["work"])

    @router.get("/{case_id}", responses=reading("unknown_work"))
    async def show_one_work(case_id: CaseId, caller: Annotated[Principal, requires("routing:read")]) -> WorkNow:
        """State, queue, agent and SLA clocks."""
        shown = await doors.now(caller, lambda engine, now: work_now(engine, case_id, now))
        if shown is not None:
            return shown
        async with doors.read(caller) as reader:
            return stored_work(await _work(reader, case_id), doors.clock.now())

    @router.get("/{case_id}/explain", responses=reading("unknown_work"))
    async def explain_work(case_id: CaseId, caller: Annotated[Principal, requires("routing:read")]) -> ExplanationShown:
        """Why it is where it is: rules, candidates with the first reason why not, offers, next timer, decisions so far."""
        async with doors.read(caller) as reader:
            item = await _work(reader, case_id)
            decisions = await reader.decisions(case_id)
        shown = await doors.now(caller, lambda engine, now: _explain(engine, str(case_id), now))
        return (shown or explain_stored(item, doors.clock.now())).model_copy(update={"decisions": decisions})

    @router.get("/{case_id}/wait", responses=reading("unknown_work"))
    async def show_wait_of_work(case_id: CaseId, caller: Annotated[Principal, requires("routing:read")]) -> WaitShown:
        """How long it has waited and is expected to, and how many are before it."""
        shown = await doors.now(caller, lambda engine, now: _wait(engine, str(case_id), now))
        if shown is not None:
            return shown
        async with doors.read(caller) as reader:
            return show_stored_wait(await _work(reader, case_id), doors.clock.now())

    return router


async def _work(reader: Reader, case_id: UUID) -> WorkItem:
    item = await reader.work(case_id)
    if item is None:
        raise Refused("unknown_work", f"There is no work for case {case_id}.", status=404)
    return item


def _explain(engine: Engine, case_id: str, now: int) -> ExplanationShown | None:
    explained = engine.explain(case_id, now)
    if isinstance(explained, Refusal):
        return None
    return explain_live(explained, engine.state.work[case_id], instant(now))


def _wait(engine: Engine, case_id: str, now: int) -> WaitShown | None:
    view = engine.wait_view(case_id, now)
    return None if isinstance(view, Refusal) else show_wait(view, instant(now))
