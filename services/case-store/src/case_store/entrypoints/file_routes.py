"""The files of messages, as they are in object storage, and the door by which agents' files get there."""

import hashlib
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from case_store.entrypoints.doors import Doors
from case_store.handlers.examples import FILE
from contracts.values import Attachment
from runtime.api import Principal, requires
from runtime.errors import Malformed, NotFound, Refused
from runtime.file_answer import file_headers
from runtime.file_type import file_type, kind_of
from runtime.ids import file_key, is_file_of

UPLOADS: Final = "/v1/files"
MAX_FILE_BYTES: Final = 25 * 1024 * 1024


def file_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["messages"])

    @router.post("/files", status_code=201, openapi_extra=_UPLOADED, responses=_TOLD)
    async def upload(
        request: Request,
        caller: Annotated[Principal, requires("cases:write")],
        file_name: Annotated[
            str | None, Query(min_length=1, max_length=200, description="as the customer sees it")
        ] = None,
    ) -> Attachment:
        """The body is the file, at most 25 MiB. The answer goes into a reply's `content.attachments` as it is.

        What it is is read from its bytes, else from Content-Type. The same bytes again are the same file.
        """
        content = await request.body()
        if not content:
            raise Malformed("The body is empty; it has to be the file.", code="file_empty", status=400)
        sha256 = hashlib.sha256(content).hexdigest()
        key = file_key(caller.tenant, sha256)
        await doors.files.put(key, content)
        mime = file_type(content, request.headers.get("content-type"))
        size = len(content)
        return Attachment(
            kind=kind_of(mime), mime=mime, size_bytes=size, sha256=sha256, file_name=file_name, object_key=key
        )

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
        key = attachment.object_key
        content = await doors.files.get(key) if key and is_file_of(caller.tenant, key) else None
        if content is None:
            raise Refused("file_not_here", attachment.failure or "the file has not been fetched yet")
        headers = file_headers(attachment.mime, attachment.file_name)
        return Response(content, headers=headers, media_type=attachment.mime or "application/octet-stream")

    return router


_TOLD: Final[dict[int | str, dict[str, object]]] = {201: {"content": {"application/json": {"example": FILE}}}}
_UPLOADED: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
}
