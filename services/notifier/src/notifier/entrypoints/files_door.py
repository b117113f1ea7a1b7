"""The public door to files that a link of ours names: for providers that fetch what we send, and for people."""

from datetime import datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Path
from starlette.responses import Response

from notifier.domain.file_link import LinkedFile
from runtime.api import public
from runtime.errors import NotFound
from runtime.file_answer import file_headers
from runtime.ports import Clock, Files

Token = Annotated[str, Path(min_length=1, max_length=4096)]
Name = Annotated[str, Path(max_length=1024)]


class Links(Protocol):
    def read(self, token: str, now: datetime) -> LinkedFile | None: ...


def files_router(links: Links, files: Files, clock: Clock) -> APIRouter:
    """No part of `/v1`: nobody makes such an address but we."""
    router = APIRouter(prefix="/files", dependencies=[public()], include_in_schema=False)

    @router.head("/{token}/{name}")
    @router.get("/{token}/{name}")
    async def fetch_file(token: Token, name: Name) -> Response:
        """404 `file_not_found` for a link that is over, was changed, or whose file is gone: nobody learns which."""
        linked = links.read(token, clock.now())
        content = await files.get(linked.key) if linked is not None else None
        if linked is None or content is None:
            raise NotFound("file", "under this link")
        return Response(content, headers=file_headers(linked.mime, linked.name), media_type=linked.mime)

    return router
