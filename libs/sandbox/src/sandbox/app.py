"""The sandbox's web application: providers, control, issuer, health."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from sandbox.control import control_routes
from sandbox.door import Door
from sandbox.faults import FaultSpec
from sandbox.issuer import Issuer, refuse_outside_local_stack
from sandbox.issuer_keys import open_key
from sandbox.issuer_routes import issuer_routes
from sandbox.line.routes import line_routes
from sandbox.settings import SandboxSettings
from sandbox.state import Sandbox, build_sandbox, line_door, provider_door, webhooks_door, whatsapp_door
from sandbox.webhooks.routes import webhooks_routes
from sandbox.whatsapp.routes import whatsapp_routes
from sandbox.wire import Answer, Clock, encode_json


def create_app(settings: SandboxSettings, clock: Clock) -> FastAPI:
    """Raises OutsideLocalStack where the development issuer may not run."""
    refuse_outside_local_stack(settings)
    http = httpx.AsyncClient(timeout=settings.receipt_timeout_seconds, trust_env=False)
    sandbox = build_sandbox(settings, clock, http)
    app = FastAPI(title="Madoguchi sandbox", docs_url=None, redoc_url=None, lifespan=_lifespan(sandbox))
    app.state.sandbox = sandbox
    app.add_exception_handler(RequestValidationError, _explain)
    issuer = Issuer(settings.issuer, settings.issuer_audience, open_key(settings.issuer_key_file), clock)
    app.include_router(line_routes(line_door(sandbox), sandbox.line))
    app.include_router(whatsapp_routes(whatsapp_door(sandbox), sandbox.whatsapp))
    app.include_router(webhooks_routes(webhooks_door(sandbox), sandbox.webhooks))
    for provider in sandbox.others:
        app.include_router(provider.routes(provider_door(sandbox, provider)))
    app.include_router(control_routes(sandbox))
    app.include_router(issuer_routes(issuer))
    _house_routes(app, sandbox)
    return app


def _lifespan(sandbox: Sandbox) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with sandbox.http, asyncio.TaskGroup() as group:
            receipts = sandbox.whatsapp.receipts
            workers = [group.create_task(receipts.work()) for _ in range(sandbox.settings.receipt_workers)]
            yield
            for worker in workers:
                worker.cancel()

    return lifespan


def _house_routes(app: FastAPI, sandbox: Sandbox) -> None:
    sink = Door("redirected", sandbox.ledger, sandbox.faults, lambda call: None, _never_faulted)

    @app.api_route("/redirected", methods=["GET", "POST", "PUT"])
    async def redirected(request: Request) -> Response:
        """Whoever follows a commanded redirect is on record here."""
        return await sink.serve(request, lambda call: Answer(200, {}))

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz() -> dict[str, str | int]:
        return {"status": "ok", "pid": os.getpid()}


def _never_faulted(fault: FaultSpec) -> Answer:
    return Answer(fault.status)


async def _explain(request: Request, error: Exception) -> Response:
    """A problem document that points at the bad fields and repeats none of the input: it may hold secrets."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [{"pointer": "/" + "/".join(map(str, one["loc"])), "detail": str(one["msg"])} for one in found]
    detail = "; ".join(f"{one['pointer']}: {one['detail']}" for one in errors)
    problem = {"title": "Invalid request", "status": 422, "code": "invalid_request", "detail": detail, "errors": errors}
    return Response(encode_json(problem), 422, media_type="application/problem+json")
