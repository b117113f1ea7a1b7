"""What a request body must be before anything parses it: small, uncompressed, JSON in UTF-8, shallow, text we can store."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import Malformed, Refused
from runtime.problems import of_failure

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
WHOLE_BODY: Final = "madoguchi.whole_body"
"""The extension by which a server hands on a `body` that came in one piece with its head: nobody has to wait for it, nor to time it."""

_LEAST_BYTES_A_SECOND: Final = 128 * 1024
_SUSPICIOUS: Final = re.compile(rb"\\u|NaN|Infinity")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class _Gone(Exception):
    """The client hung up before its request was complete."""


@dataclass(frozen=True, slots=True)
class BodyGuard:
    """Reads the body up to `limit` bytes, which may depend on the path, and hands it on whole; with `json_only` it also looks inside.

    Bodies of the paths in `raw`, each with its most bytes, are not read here but where they are asked for, as a file should be only
    when it is known who sends it. `seconds` are for a small body; an announced long one has more, as slow lines need them.
    """

    app: ASGIApp
    limit: int | Callable[[str], int] = MAX_BYTES
    json_only: bool = True
    raw: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 15.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_raw, came = scope["path"] in self.raw, scope.get("extensions", {}).get(WHOLE_BODY)
        try:
            meter = self._meter(scope, receive)
            body = b"" if is_raw else await meter.whole() if came is None else meter.bounded(came["body"])
            if body and self.json_only:
                check_json(dict(scope["headers"]).get(b"content-type", b"").decode("latin-1"), body)
        except _Gone:
            return
        except Refused as refused:
            await _close_after(of_failure(refused), scope, receive, send)
            return
        if is_raw:
            await self.app(scope, meter.receive, meter.closing(send))
        else:
            await self.app(scope, _replay(body, receive), send)

    def _meter(self, scope: Scope, receive: Receive) -> "_Meter":
        """Raises Refused for what its head alone tells of a request."""
        path, announced = scope["path"], 0
        for name, value in scope["headers"]:
            if name == b"content-length":
                announced = int(value)
            elif name == b"content-encoding" and value.lower() != b"identity":
                raise Refused("content_encoding_unsupported", "Compressed bodies are not accepted.", status=415)
        if "\x00" in path or b"%00" in scope["query_string"]:
            raise Malformed("The address holds a NUL character.", code="invalid_text", status=400)
        usual = self.limit if isinstance(self.limit, int) else self.limit(path)
        limit = self.raw.get(path, usual)
        if announced > limit:
            raise _too_large(limit)
        return _Meter(receive, limit, self.seconds + announced / _LEAST_BYTES_A_SECOND)


class _Meter:
    """Hands on a body until it is too long or takes too long, which it says by Refused."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._read = 0
        self._is_whole = False

    async def receive(self) -> Message:
        try:
            async with asyncio.timeout_at(None if self._is_whole else self._until):
                message = await self._receive()
        except TimeoutError:
            raise Refused("body_too_slow", f"The body took more than {self._seconds:.0f} s.", status=408) from None
        self.bounded(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
        return message

    def bounded(self, body: bytes) -> bytes:
        """What came of it; raises Refused where that is too long with what came before."""
        self._read += len(body)
        if self._read > self._limit:
            raise _too_large(self._limit)
        return body

    async def whole(self) -> bytes:
        body = bytearray()
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise _Gone
            body += message.get("body", b"")
            if self._is_whole:
                return bytes(body)

    def closing(self, send: Send) -> Send:
        """An answer before the whole body was read ends the connection: it can't serve another request."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._is_whole:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        return answer


def _too_large(limit: int) -> Refused:
    return Refused("body_too_large", f"The body is larger than {limit} bytes.", status=413)


def check_json(content_type: str, body: bytes) -> None:
    """Looks closer only at bodies that could hold something bad; syntax and fields are checked by whoever parses."""
    media = content_type.partition(";")[0].strip().lower()
    if media != "application/json" and not media.endswith("+json"):
        raise Refused("content_type_unsupported", "The body has to be application/json.", status=415)
    if b"\x00" in body:
        raise Malformed("The body is not JSON in UTF-8.", code="invalid_json", status=400)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or _SUSPICIOUS.search(body):
        _check_values(_parse(body))


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Malformed("The body is not valid JSON.", code="invalid_json", status=400) from None


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _check_values(root: Any) -> None:
    waiting: list[tuple[Any, str, int]] = [(root, "", 1)]
    while waiting:
        value, pointer, depth = waiting.pop()
        if isinstance(value, str):
            if _UNSTORABLE.search(value):
                raise Malformed("A text holds NUL or half a character.", code="invalid_text", pointer=pointer)
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise _too_deep()
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            for name, inner in entries:
                if isinstance(name, str) and _UNSTORABLE.search(name):
                    raise Malformed("A field's name holds NUL or half a character.", code="invalid_text")
                waiting.append((inner, f"{pointer}/{_escaped(name)}", depth + 1))


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _too_deep() -> Malformed:
    return Malformed(f"The JSON is nested deeper than {MAX_DEPTH} levels.", code="json_too_deep", status=400)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        if waiting:
            return waiting.pop()
        while True:
            message = await receive()
            if message["type"] != "http.request":  # a body that came with its head is still the server's to tell
                return message

    return next_message


async def _close_after(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """The rest of the request was not read, so the connection can't serve another."""
    response.headers["connection"] = "close"
    await response(scope, receive, send)
