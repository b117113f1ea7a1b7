from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from case_store.entrypoints.attached import check_attached
from case_store.entrypoints.doors import Doors, needed, speaker
from case_store.entrypoints.requests import NoteBody, ReplyBody
from case_store.handlers import examples
from case_store.handlers.add_note import Noted, add_note
from case_store.handlers.examples import page_of
from case_store.handlers.ports import Work
from case_store.handlers.reply_to_case import Queued, ReplyToCase, lock_asked, reply_in
from case_store.handlers.views import MessageView, NotedView, QueuedView
from runtime import telemetry
from runtime.api import IdempotencyKey, Page, PageCursor, PageLimit, Principal, Reply, page, read_cursor, requires
from runtime.errors import NotFound


class _After(NamedTuple):
    seq: int


def message_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["messages"])

    @router.post("/cases/{case_id}/messages", status_code=201, response_model=QueuedView)
    async def reply(
        case_id: UUID, body: ReplyBody, caller: Annotated[Principal, requires("cases:write")], key: IdempotencyKey
    ) -> Response:
        """Recorded and queued; what becomes of it is in `GET /v1/messages/{id}`. `Idempotency-Key` is required.

        A file is uploaded before, by `POST /v1/files`, whose answer is the attachment. 422 `file_unknown` for any other `object_key`.
        """
        await check_attached(body.said(), caller.tenant, doors.files)
        command = ReplyToCase(
            case_id=case_id,
            author=speaker(caller, body.author),
            content=body.said(),
            conversation_id=body.conversation_id,
            channel=body.channel,
            automatic=body.automatic,
        )

        async def produce(work: Work) -> Reply:
            """In the trace of what it answers, so that one trace leads from the customer's webhook to the receipt of the reply."""
            case, trace = await lock_asked(case_id, work)
            with telemetry.span("reply to case", parent=trace, links=(telemetry.traceparent(),)):
                return _queued(await reply_in(case, command, work))

        return await doors.command(caller, needed(key), f"POST /v1/cases/{case_id}/messages", body, produce)

    @router.post("/cases/{case_id}/notes", status_code=201, response_model=NotedView)
    async def note(
        case_id: UUID, body: NoteBody, caller: Annotated[Principal, requires("cases:write")], key: IdempotencyKey
    ) -> Response:
        """For colleagues: it joins the history and never reaches the customer. `Idempotency-Key` is required."""
        author = speaker(caller, body.author)

        async def produce(work: Work) -> Reply:
            return _noted(await add_note(case_id, author, body.text, work))

        return await doors.command(caller, needed(key), f"POST /v1/cases/{case_id}/notes", body, produce)

    @router.get("/cases/{case_id}/messages", responses=page_of(examples.MESSAGE))
    async def list_messages(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:read")],
        after_seq: Annotated[int, Query(ge=0, le=2**53)] = 0,
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> Page[MessageView]:
        """The history in order; `cursor` outranks `after_seq`."""
        after = read_cursor(cursor, _After)
        async with doors.read(caller) as reader:
            if await reader.case(case_id) is None:
                raise NotFound("case", case_id)
            found = await reader.messages(case_id, after.seq if after else after_seq, limit + 1)
        return page(found, limit, lambda message: _After(message.seq))

    @router.get("/messages/{message_id}")
    async def show_message(message_id: UUID, caller: Annotated[Principal, requires("cases:read")]) -> MessageView:
        """With what became of it."""
        async with doors.read(caller) as reader:
            message = await reader.message(message_id)
        if message is None:
            raise NotFound("message", message_id)
        return message

    return router


def _queued(queued: Queued) -> Reply:
    return Reply(201, QueuedView.model_validate(queued, from_attributes=True).model_dump(mode="json"))


def _noted(noted: Noted) -> Reply:
    return Reply(201, NotedView.model_validate(noted, from_attributes=True).model_dump(mode="json"))
