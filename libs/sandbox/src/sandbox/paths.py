"""A miniature provider as a table: method and path below /{name} → what answers there."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from sandbox.door import Door, Handler
from sandbox.ledger import readable
from sandbox.wire import Call, Json

Table = Mapping[tuple[str, str], Handler]


def routed(name: str, table: Table, unknown: Handler) -> Callable[[Door], APIRouter]:
    """Every other path answers by `unknown`."""

    def routes(door: Door) -> APIRouter:
        router = APIRouter(prefix=f"/{name}", tags=[name])
        for (method, path), handler in table.items():
            router.add_api_route(path, _serving(door, handler), methods=[method], name=f"{name} {method} {path}")
        rest = _serving(door, unknown)
        router.add_api_route("/{rest:path}", rest, methods=["GET", "POST", "PUT", "PATCH", "DELETE"], name=name)
        return router

    return routes


def json_object(call: Call) -> Json:
    """Empty where the body is no JSON object."""
    found = readable(call.body)
    return found if isinstance(found, dict) else {}


def _serving(door: Door, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        return await door.serve(request, handler)

    return serve
