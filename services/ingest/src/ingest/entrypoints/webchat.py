"""`/webchat/{account}/…`: to the right door, with the cross-origin answers that browsers ask for."""

import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ingest.channels.webchat.parse import CHANNEL
from ingest.entrypoints import metrics
from ingest.entrypoints.limits import address_of, refusal
from ingest.entrypoints.webchat_door import Chat
from ingest.entrypoints.webchat_http import (
    Asking,
    give_file,
    query_of,
    read_messages,
    say,
    start_session,
    take_file,
)
from ingest.entrypoints.webchat_socket import serve_socket
from runtime.errors import Failure, Refused
from runtime.problems import of_http

PREFIX: Final = "/webchat/"
MAX_BYTES: Final = 64 * 1024
_PLACE: Final = re.compile("/webchat/(?P<account>[^/]+)/(?P<door>sessions|messages|files|socket)(?:/(?P<token>[^/]+))?")
_DOORS: Final[dict[tuple[str, str], Callable[[Asking], Awaitable[Response]]]] = {
    ("POST", "sessions"): start_session,
    ("POST", "messages"): say,
    ("GET", "messages"): read_messages,
    ("POST", "files"): take_file,
}
_CORS: Final = {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "authorization, content-type",
    "access-control-max-age": "600",
}


@dataclass(frozen=True, slots=True)
class _Route:
    path: str


@dataclass(frozen=True, slots=True)
class WebChat:
    """Takes what is below PREFIX, hands on the rest."""

    chat: Chat
    others: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
            body = (await receive())["body"]  # BodyGuard hands it on whole
            response = await self._answer(scope, body)
            await response(scope, receive, send)
        else:
            await self.others(scope, receive, send)

    def limit(self, path: str) -> int:
        """How large a body may be here; a file's limit is the account's."""
        place = _PLACE.fullmatch(path)
        if place is None or place["door"] != "files":
            return MAX_BYTES
        try:
            return self.chat.door(place["account"]).max_file_bytes
        except Refused:
            return MAX_BYTES

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = _PLACE.fullmatch(scope["path"])
        if place is None or place["door"] != "socket" or place["token"]:
            await receive()
            await send({"type": "websocket.close", "code": 4404})
            return
        await serve_socket(scope, receive, send, self.chat, place["account"])

    async def _answer(self, scope: Scope, body: bytes) -> Response:
        place = _PLACE.fullmatch(scope["path"])
        if place is None:
            return of_http(HTTPException(404))
        scope["route"] = _Route(f"/webchat/{{account}}/{place['door']}")
        started, outcome = time.perf_counter(), "accepted"
        try:
            response = await self._at_door(place, scope, body)
        except Failure as failure:
            outcome, response = failure.code, refusal(failure)
        metrics.REQUESTS.labels(CHANNEL, outcome).inc()
        metrics.ACK_SECONDS.labels(CHANNEL, outcome).observe(time.perf_counter() - started)
        return self._shared(response, place["account"], scope)

    async def _at_door(self, place: re.Match[str], scope: Scope, body: bytes) -> Response:
        door = self.chat.door(place["account"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        address = address_of(scope, self.chat.address_header)
        asking = Asking(self.chat, door, address, headers, query_of(scope), body)
        if scope["method"] == "OPTIONS":
            door.check_origin(asking.origin)
            return Response(status_code=204, headers=_CORS)
        if scope["method"] == "GET" and place["door"] == "files" and place["token"]:
            return await give_file(asking, place["token"])
        act = _DOORS.get((scope["method"], place["door"])) if place["token"] is None else None
        return await act(asking) if act else of_http(HTTPException(405))

    def _shared(self, response: Response, account: str, scope: Scope) -> Response:
        """Pages of the account's origins may read the answer; no others."""
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
        response.headers["vary"] = "Origin"
        try:
            if origin is not None:
                self.chat.door(account).check_origin(origin)
                response.headers["access-control-allow-origin"] = origin
        except Refused:
            pass
        return response
