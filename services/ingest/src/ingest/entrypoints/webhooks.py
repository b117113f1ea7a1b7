"""The doors: `POST /webhooks/{channel}/{account}`, and GET for a provider's handshake.

A bare Starlette route: the order of work is ours, the raw body is the contract, and FastAPI costs a quarter of the throughput.
"""

import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingest.domain.webhook import Answer
from ingest.entrypoints import metrics
from ingest.handlers.accept_webhook import accept_webhook
from ingest.handlers.answer_handshake import answer_handshake
from ingest.handlers.reception import Call, Reception
from runtime.body_guard import BodyGuard
from runtime.errors import Failure, Refused
from runtime.http_spans import HttpSpans
from runtime.problems import of_bug, of_failure, of_http, problem

PATH = "/webhooks/{channel}/{account}"
MAX_BODY_BYTES = 3 * 1024 * 1024
_CHALLENGE = {"www-authenticate": 'Signature realm="madoguchi"'}


def create_app(reception: Reception) -> Starlette:
    async def post(request: Request) -> Response:
        return await _post(request, reception)

    async def get(request: Request) -> Response:
        return await _get(request, reception)

    return Starlette(
        routes=[Route(PATH, post, methods=["POST"]), Route(PATH, get, methods=["GET"])],
        middleware=[Middleware(HttpSpans), Middleware(BodyGuard, limit=MAX_BODY_BYTES, json_only=False)],
        exception_handlers={HTTPException: _no_route},
    )


async def _post(request: Request, reception: Reception) -> Response:
    call, started = await _call(request), time.perf_counter()
    channel = call.channel if call.channel in reception.channels else "unknown"
    try:
        _check_content_type(call)
        accepted = await accept_webhook(call, reception)
    except Failure as failure:
        _count(channel, failure.code, started)
        return _refusal(failure)
    _count(channel, "accepted", started)
    for event_type in accepted.types:
        metrics.EVENTS.labels(channel, event_type).inc()
    return _response(accepted.answer)


async def _get(request: Request, reception: Reception) -> Response:
    try:
        return _response(answer_handshake(await _call(request), request.query_params, reception))
    except Failure as failure:
        return _refusal(failure)


async def _call(request: Request) -> Call:
    channel, account = request.path_params["channel"], request.path_params["account"]
    return Call(channel, account, dict(request.headers), await request.body())


def _check_content_type(call: Call) -> None:
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise Refused("content_type_unsupported", "The body has to be application/json.", status=415)


def _count(channel: str, outcome: str, started: float) -> None:
    metrics.REQUESTS.labels(channel, outcome).inc()
    metrics.ACK_SECONDS.labels(channel, outcome).observe(time.perf_counter() - started)


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.media_type)


def _refusal(failure: Failure) -> Response:
    if failure.code == "wrong_signature":
        return problem(401, failure.code, failure.sentence, headers=_CHALLENGE)
    return of_failure(failure)


async def _no_route(request: Request, error: Exception) -> Response:
    return of_http(error) if isinstance(error, HTTPException) else of_bug(error)
