"""By when a case is to be answered, and the proof of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from router.entrypoints.doors import CaseId, Doors
from router.entrypoints.problem_table import reading
from router.handlers.now_views import SlaNow, sla_now, stored_sla
from router.handlers.views import ProofShown, show_clock
from runtime.api import Principal, requires
from runtime.errors import Refused


def sla_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["sla"])

    @router.get("/{case_id}/sla", responses=reading("unknown_work"))
    async def show_sla(case_id: CaseId, caller: Annotated[Principal, requires("routing:read")]) -> SlaNow:
        """Each metric's clock: running, paused, fulfilled or cancelled, when it is due, what was warned of and breached."""
        shown = await doors.now(caller, lambda engine, now: sla_now(engine, case_id, now))
        if shown is not None:
            return shown
        async with doors.read(caller) as reader:
            item = await reader.work(case_id)
        if item is None:
            raise _unknown(case_id)
        return stored_sla(item, doors.clock.now())

    @router.get("/{case_id}/sla/proof", responses=reading("unknown_work"))
    async def prove_sla(case_id: CaseId, caller: Annotated[Principal, requires("routing:read")]) -> ProofShown:
        """The SLA ledger of the case and the clocks that follow from it, both as stored."""
        async with doors.read(caller) as reader:
            item = await reader.work(case_id)
            ledger, clocks = await reader.ledger(case_id)
        if item is None:
            raise _unknown(case_id)
        replayed = {clock.metric: clock for clock in clocks}
        agrees = all(replayed.get(metric) == clock for metric, clock in item.clocks.items())
        return ProofShown(
            case_id=case_id,
            ledger=ledger,
            replayed=tuple(map(show_clock, clocks)),
            agrees=agrees,
            live=False,
            as_of=doors.clock.now(),
        )

    return router


def _unknown(case_id: UUID) -> Refused:
    return Refused("unknown_work", f"There is no work for case {case_id}.", status=404)
