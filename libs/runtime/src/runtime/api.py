"""The same API manners for every service: problem documents, guarded bodies, safe headers, nothing open by accident."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from runtime import problems
from runtime.access import Authenticates, needs_authenticator, public, requires, undeclared_routes
from runtime.body_guard import MAX_BYTES, BodyGuard
from runtime.http_spans import HttpSpans
from runtime.idempotency import IdempotencyKey, Reply, idempotent
from runtime.paging import Page, PageCursor, PageLimit, page, read_cursor, write_cursor
from runtime.principal import Principal
from runtime.problems import Problem
from runtime.request_model import Request

__all__ = [
    "IdempotencyKey",
    "Page",
    "PageCursor",
    "PageLimit",
    "Principal",
    "Problem",
    "Reply",
    "Request",
    "create_api",
    "idempotent",
    "page",
    "public",
    "read_cursor",
    "requires",
    "undeclared_routes",
    "write_cursor",
]

_NATIVE_TELEMETRY_OFF: Final[Any] = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
_PROBLEM_REF: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "The request is at fault", "content": _PROBLEM_REF},
    "5XX": {"description": "We are, or something we depend on is", "content": _PROBLEM_REF},
}


def create_api(
    title: str,
    version: str,
    routers: Sequence[APIRouter],
    authenticator: Authenticates | None = None,
    *,
    body_limit: int = MAX_BYTES,
    raw_bodies: Mapping[str, int] | None = None,
) -> FastAPI:
    """Raises ValueError if a route declares neither `requires` nor `public`.

    `raw_bodies`: paths whose bodies are no JSON, each with the most bytes that it takes; read when the caller is known.
    """
    guard = Middleware(BodyGuard, limit=body_limit, raw=raw_bodies or {})
    app = FastAPI(
        title=title,
        version=version,
        openapi_url=None,
        redirect_slashes=False,
        responses=_PROBLEMS,
        generate_unique_id_function=_operation_id,
        telemetry=_NATIVE_TELEMETRY_OFF,
        middleware=[Middleware(HttpSpans), guard],
    )
    app.state.authenticator = authenticator
    problems.install(app)
    for router in (*routers, _openapi_router(app)):
        app.include_router(router)
    _refuse_open_doors(app)
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 with the problem document as every error's schema."""
    document = app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs") | {"Problem": problem}
    return document


def openapi_text(app: FastAPI) -> str:
    """As a service keeps it in its `openapi.json`, to be compared."""
    return json.dumps(openapi(app), indent=1, ensure_ascii=False) + "\n"


def _openapi_router(app: FastAPI) -> APIRouter:
    router = APIRouter(dependencies=[public()], include_in_schema=False)

    @router.get("/openapi.json")
    async def show_openapi() -> dict[str, Any]:
        return openapi(app)

    return router


def _refuse_open_doors(app: FastAPI) -> None:
    if undeclared := undeclared_routes(app):
        raise ValueError(f"routes that declare neither requires() nor public(): {'; '.join(undeclared)}")
    if app.state.authenticator is None and needs_authenticator(app):
        raise ValueError("a route requires scopes, so create_api needs an authenticator")


def _operation_id(route: APIRoute) -> str:
    return route.name
