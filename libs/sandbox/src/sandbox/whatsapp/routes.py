from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from sandbox.door import Door
from sandbox.whatsapp.api import WhatsAppApi


def whatsapp_routes(door: Door, api: WhatsAppApi) -> APIRouter:
    router = APIRouter(prefix="/whatsapp", tags=["whatsapp"])

    @router.post("/{version}/{phone_number_id}/messages")
    async def messages(request: Request) -> Response:
        return await door.serve(request, api.messages)

    @router.post("/{version}/{phone_number_id}/media")
    async def upload(request: Request) -> Response:
        return await door.serve(request, api.upload)

    @router.get("/download/{media_id}")
    async def download(request: Request) -> Response:
        return await door.serve(request, api.download)

    @router.get("/{version}/{media_id}")
    async def media(request: Request) -> Response:
        return await door.serve(request, api.media)

    @router.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"])
    async def unknown(request: Request) -> Response:
        return await door.serve(request, api.unknown)

    return router
