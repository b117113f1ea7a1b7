"""The doors: `POST /webhooks/{channel}/{account}`, and GET for a provider's handshake.

Plain ASGI: the order of work is ours, the raw body is the contract, and FastAPI costs a quarter of the throughput.
"""

import re
import time
from dataclasses import dataclass
from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.domain.webhook import Answer
from ingest.entrypoints import metrics
from ingest.entrypoints.limits import MOST_POSTS, Limits, RateLimited, address_of, refusal
from ingest.entrypoints.webchat import PREFIX, WebChat
from ingest.entrypoints.webchat_door import Chat, whole
from ingest.handlers.accept_webhook import accept_webhook
from ingest.handlers.answer_handshake import answer_handshake, answer_preflight
from ingest.handlers.ports import JSON, MAX_BODY_BYTES
from ingest.handlers.reception import Call, Reception, door_at
from runtime.body_guard import BodyGuard
from runtime.errors import Failure, Refused
from runtime.http_spans import HttpSpans
from runtime.problems import of_http, problem

_CHALLENGE = {"www-authenticate": 'Signature realm="madoguchi"'}
_PLACE = re.compile("/webhooks/(?P<channel>[^/]+)/(?P<account>[^/]+)")


@dataclass(frozen=True, slots=True)
class _Route:
    """What HttpSpans asks of a route."""

    path: str


_ROUTE = _Route("/webhooks/{channel}/{account}")


def create_app(reception: Reception, chat: Chat) -> ASGIApp:
    web_chat = WebChat(chat, _Doors(reception, chat.limits, chat.address_header))

    def limit(path: str) -> int:
        if path.startswith(PREFIX):
            return web_chat.limit(path)
        place = _place(path)
        channel = reception.channels.get(place[0]) if place else None
        return channel.max_body_bytes if channel else MAX_BODY_BYTES

    return HttpSpans(BodyGuard(web_chat, limit=limit, json_only=False))


async def no_doors(scope: Scope, receive: Receive, send: Send) -> None:
    """Of a process that only asks."""
    await of_http(HTTPException(404))(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Doors:
    """Two doors need no router, and no error middlewares around one: HttpSpans answers for what fails."""

    reception: Reception
    limits: Limits
    address_header: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]  # BodyGuard hands it on whole
        answer = await self._answer(scope, body)
        if isinstance(answer, Response):
            await answer(scope, receive, send)
        else:
            await _send(answer, send)

    async def _answer(self, scope: Scope, body: bytes) -> Answer | Response:
        place = _place(scope["path"])
        if place is None:
            return of_http(HTTPException(404))
        scope["route"] = _ROUTE
        match scope["method"]:
            case "POST":
                return await self._posted(_call(place, scope, body), scope)
            case "GET":
                return await _get(_call(place, scope, body), self.reception)
            case "OPTIONS":
                return _preflight(_call(place, scope, body), self.reception)
        return of_http(HTTPException(405, headers={"allow": "GET, POST"}))

    async def _posted(self, call: Call, scope: Scope) -> Answer | Response:
        channel = self.reception.channels.get(call.channel)
        if channel is None or channel.posts_a_minute is None:
            return await _post(call, self.reception)
        try:
            await self._take_turn(call, scope, channel.posts_a_minute)
        except RateLimited as limited:
            metrics.REQUESTS.labels(call.channel, limited.code).inc()
            return _readable(call, self.reception, refusal(limited))
        answer = await _post(call, self.reception)
        return _readable(call, self.reception, answer) if isinstance(answer, Response) else answer

    async def _take_turn(self, call: Call, scope: Scope, usual: int) -> None:
        """Of an account that there is; raises RateLimited."""
        door = door_at(call, self.reception)
        if door is not None:
            allowed = whole(door.account.options.get("posts_a_minute"), default=usual, most=MOST_POSTS)
            await self.limits.posts(door.account.id, address_of(scope, self.address_header), allowed)


async def _send(answer: Answer, send: Send) -> None:
    """As a Response would, whose making is a tenth of the door's own work."""
    headers = [(b"content-length", b"%d" % len(answer.body)), (b"content-type", answer.media_type.encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _post(call: Call, reception: Reception) -> Answer | Response:
    started = time.perf_counter()
    channel = call.channel if call.channel in reception.channels else "unknown"
    try:
        if call.method == "POST":
            _check_content_type(call, reception)
        accepted = await accept_webhook(call, reception)
    except Failure as failure:
        _count(channel, failure.code, started)
        return _refusal(failure)
    _count(channel, "accepted", started)
    for event_type in accepted.types:
        metrics.EVENTS.labels(channel, event_type).inc()
    return accepted.answer


async def _get(call: Call, reception: Reception) -> Answer | Response:
    """A handshake; where a channel takes messages by GET, a message."""
    channel = reception.channels.get(call.channel)
    if channel is not None and channel.reads_get:
        return await _post(call, reception)
    try:
        return answer_handshake(call, reception)
    except Failure as failure:
        return _refusal(failure)


def _preflight(call: Call, reception: Reception) -> Answer | Response:
    try:
        return answer_preflight(call, reception)
    except Failure as failure:
        return _refusal(failure)


@lru_cache(maxsize=1_000)
def _place(path: str) -> tuple[str, str] | None:
    """Channel and account."""
    found = _PLACE.fullmatch(path)
    return (found["channel"], found["account"]) if found else None


def _call(place: tuple[str, str], scope: Scope, body: bytes) -> Call:
    channel, account = place
    headers = {str(name, "latin-1"): str(value, "latin-1") for name, value in reversed(scope["headers"])}
    return Call(channel, account, headers, body, scope["method"], str(scope["query_string"], "latin-1"))


def _check_content_type(call: Call, reception: Reception) -> None:
    channel = reception.channels.get(call.channel)
    taken = channel.media_types if channel else JSON
    media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in taken or (media.endswith("+json") and taken >= JSON):
        return
    raise Refused("content_type_unsupported", f"The body has to be {' or '.join(sorted(taken))}.", status=415)


def _count(channel: str, outcome: str, started: float) -> None:
    metrics.REQUESTS.labels(channel, outcome).inc()
    metrics.ACK_SECONDS.labels(channel, outcome).observe(time.perf_counter() - started)


def _refusal(failure: Failure) -> Response:
    if failure.code == "wrong_signature":
        return problem(401, failure.code, failure.sentence, headers=_CHALLENGE)
    return refusal(failure)


def _readable(call: Call, reception: Reception, response: Response) -> Response:
    """A page that may post may also read why it was refused, and for how long."""
    allowed = answer_preflight(call, reception).headers if door_at(call, reception) else {}
    for name in ("access-control-allow-origin", "vary"):
        if name in allowed:
            response.headers[name] = allowed[name]
            response.headers["access-control-expose-headers"] = "retry-after"
    return response
