"""What a request body must be before anything parses it: small, uncompressed, JSON in UTF-8, shallow, text we can store."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.errors import Malformed, Refused
from runtime.problems import of_failure

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
_LEAST_BYTES_A_SECOND: Final = 128 * 1024
_SUSPICIOUS: Final = re.compile(rb"\\u|NaN|Infinity")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


class _Gone(Exception):
    """The client hung up before its request was complete."""


@dataclass(frozen=True, slots=True)
class BodyGuard:
    """Reads the body up to `limit` bytes, which may depend on the path, and hands it on whole; with `json_only` it also looks inside.

    `seconds` are for a small body; an announced long one has more, as slow lines need them.
    """

    app: ASGIApp
    limit: int | Callable[[str], int] = MAX_BYTES
    json_only: bool | Callable[[str], bool] = True
    seconds: float = 15.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            body = await self._admit(scope, receive)
        except _Gone:
            return
        except Refused as refused:
            await _close_after(of_failure(refused), scope, receive, send)
            return
        await self.app(scope, _replay(body, receive), send)

    async def _admit(self, scope: Scope, receive: Receive) -> bytes:
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Refused("content_encoding_unsupported", "Compressed bodies are not accepted.", status=415)
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise Malformed("The address holds a NUL character.", code="invalid_text", status=400)
        limit = self.limit if isinstance(self.limit, int) else self.limit(scope["path"])
        body = await self._read(int(headers.get(b"content-length", b"0")), limit, receive)
        json_only = self.json_only if isinstance(self.json_only, bool) else self.json_only(scope["path"])
        if body and json_only:
            check_json(headers.get(b"content-type", b"").decode("latin-1"), body)
        return body

    async def _read(self, announced: int, limit: int, receive: Receive) -> bytes:
        if announced > limit:
            raise _too_large(limit)
        body, seconds = bytearray(), self.seconds + announced / _LEAST_BYTES_A_SECOND
        try:
            async with asyncio.timeout(seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Gone
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise _too_large(limit)
                    if not message.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise Refused("body_too_slow", f"The body took more than {seconds:.0f} s.", status=408) from None


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
        return waiting.pop() if waiting else await receive()

    return next_message


async def _close_after(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """The rest of the request was not read, so the connection can't serve another."""
    response.headers["connection"] = "close"
    await response(scope, receive, send)
