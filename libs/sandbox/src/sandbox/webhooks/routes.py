from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from sandbox.door import Door
from sandbox.webhooks.api import WebhooksApi


def webhooks_routes(door: Door, api: WebhooksApi) -> APIRouter:
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])

    @router.post("/{name}")
    async def receive(request: Request) -> Response:
        return await door.serve(request, api.receive)

    return router
