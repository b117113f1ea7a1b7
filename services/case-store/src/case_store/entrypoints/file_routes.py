"""The files of messages, as they are in object storage."""

from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path
from starlette.responses import Response

from case_store.entrypoints.doors import Doors
from contracts.values import Attachment
from runtime.api import Principal, requires
from runtime.errors import NotFound, Refused
from runtime.ports import Files

_SHOWN: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "audio/ogg", "video/mp4"}
)
"""What a browser may show in place; everything else is saved, whoever asks."""


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
        return Response(content, headers=_headers(attachment), media_type=attachment.mime or "application/octet-stream")

    return router


_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    200: {"description": "The file.", "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
}


def _headers(attachment: Attachment) -> dict[str, str]:
    place = "inline" if attachment.mime in _SHOWN else "attachment"
    name = quote(attachment.file_name or "file", safe="")
    return {
        "content-disposition": f"{place}; filename*=UTF-8''{name}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=86400",
    }
