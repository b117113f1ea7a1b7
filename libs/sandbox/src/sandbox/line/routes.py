from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from sandbox.door import Door
from sandbox.line.api import LineApi


def line_routes(door: Door, api: LineApi) -> APIRouter:
    router = APIRouter(prefix="/line/v2/bot", tags=["line"])

    @router.post("/message/reply")
    async def reply(request: Request) -> Response:
        return await door.serve(request, api.reply)

    @router.post("/message/push")
    async def push(request: Request) -> Response:
        return await door.serve(request, api.push)

    @router.get("/profile/{user_id}")
    async def profile(request: Request) -> Response:
        return await door.serve(request, api.profile)

    @router.get("/group/{group_id}/member/{user_id}")
    async def member(request: Request) -> Response:
        return await door.serve(request, api.profile)

    @router.get("/message/{message_id}/content")
    async def content(request: Request) -> Response:
        return await door.serve(request, api.content)

    @router.post("/chat/loading/start")
    async def loading(request: Request) -> Response:
        return await door.serve(request, api.loading)

    @router.post("/chat/markAsRead")
    async def mark_as_read(request: Request) -> Response:
        return await door.serve(request, api.mark_as_read)

    @router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def unknown(request: Request) -> Response:
        return await door.serve(request, api.unknown)

    return router
