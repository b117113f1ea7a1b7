from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from case_store.entrypoints.doors import Doors, author_of
from case_store.entrypoints.requests import SignalBody
from case_store.handlers.ports import Work
from case_store.handlers.signal_customer import signal_customer
from case_store.handlers.views import SignalledView
from contracts.chat import ChatSignal
from contracts.values import Author
from runtime.api import Principal, Reply, requires


def signal_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["messages"])

    @router.post("/cases/{case_id}/signals", status_code=202, response_model=SignalledView)
    async def signal(
        case_id: UUID, body: SignalBody, caller: Annotated[Principal, requires("cases:write")]
    ) -> Response:
        """Shown to the customer where their channel has such signs, at this moment or not at all. Nothing is filed."""

        async def produce(work: Work) -> Reply:
            return await signalled(case_id, body, author_of(caller), work)

        return await doors.command(caller, None, f"POST /v1/cases/{case_id}/signals", body, produce)

    return router


async def signalled(case_id: UUID, body: SignalBody, author: Author, work: Work) -> Reply:
    done = await signal_customer(case_id, ChatSignal(body.signal), author, work)
    return Reply(202, SignalledView.model_validate(done, from_attributes=True).model_dump(mode="json"))
