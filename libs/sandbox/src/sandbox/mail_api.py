"""What the miniatures of mail APIs have in common: one path that takes one mail."""

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from sandbox.door import Door
from sandbox.faults import FaultSpec
from sandbox.ledger import readable
from sandbox.provider import OpenProvider, Parts, Provider
from sandbox.wire import Answer, Call, Ids, Shown

Send = Callable[[Call, Ids], Answer]


def mail_api(
    name: str, path: str, send: Send, recipient: Callable[[Call], str | None], fault: Callable[[FaultSpec], Answer]
) -> OpenProvider:
    def open_provider(parts: Parts) -> Provider:
        def routes(door: Door) -> APIRouter:
            router = APIRouter(prefix=f"/{name}", tags=[name])

            @router.post(path)
            async def messages(request: Request) -> Response:
                return await door.serve(request, lambda call: send(call, parts.ids))

            return router

        return Provider(name, recipient, fault, routes, lambda: None)

    return open_provider


def json_body(call: Call) -> dict[str, Any]:
    body = readable(call.body)
    return body if isinstance(body, dict) else {}


def mail_shown(recipient: str, provider_id: str, text: str, content: Mapping[str, Any], account: str | None) -> Shown:
    return Shown(recipient, provider_id, "text", text, dict(content), account=account)
