"""The files of messages, as they are in object storage."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from case_store.entrypoints.doors import Doors
from runtime.api import Principal, requires
from runtime.errors import NotFound, Refused
from runtime.file_answer import file_headers
from runtime.ports import Files


def file_router(doors: Doors, files: Files) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["messages"])

    @router.get("/messages/{message_id}/attachments/{index}", response_class=Response, responses=_RESPONSES)
    async def download(
        message_id: UUID,
        index: Annotated[int, Path(ge=0, le=999, description="from 0, in the message's order")],
        caller: Annotated[Principal, requires("cases:read")],
    ) -> Response:
        """The bytes. 409 `file_not_here` while they are still being fetched, or when they can't be had."""
        async with doors.read(caller) as reader:
            message = await reader.message(message_id)
        if message is None or index >= len(message.content.attachments):
            raise NotFound("attachment", f"{message_id}/{index}")
        attachment = message.content.attachments[index]
        content = await files.get(attachment.object_key) if attachment.object_key else None
        if content is None:
            raise Refused("file_not_here", attachment.failure or "the file has not been fetched yet")
        headers = file_headers(attachment.mime, attachment.file_name)
        return Response(content, headers=headers, media_type=attachment.mime or "application/octet-stream")

    return router


_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
}
