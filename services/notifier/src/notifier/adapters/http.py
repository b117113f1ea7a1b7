"""Requests to providers: what came back, or how far the request can have come."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from notifier.adapters.connections import KeptConnections
from notifier.channels.provider import HttpAnswer, ProviderRequest
from runtime.safe_target import Target, UnsafeTarget

MAX_ANSWER_BYTES: Final = 64 * 1024
_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "madoguchi-notifier"}

_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class NotSent:
    """No byte of the body left: trying again is safe."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unsafe:
    """We refuse to send there."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """The provider may have read all of it."""

    reason: str


Exchange = HttpAnswer | NotSent | Unsafe | Doubtful


@dataclass(frozen=True, slots=True)
class Wire:
    """A transport without a client around it: no provider's cookies, redirects or credentials come into the next request.

    `timeouts` in seconds, as httpx's transports take them.
    """

    transport: httpx.AsyncBaseTransport
    timeouts: Mapping[str, float | None]


class ProviderHttp:
    """Never raises for what the network does. Redirects are answers, not orders."""

    def __init__(self, wire: Wire, bases: Mapping[str, str], target: Target, total_seconds: float = 20.0) -> None:
        self._wire = wire
        self._bases = {channel: base.rstrip("/") for channel, base in bases.items()}
        self._target = target
        self._total_seconds = total_seconds

    async def exchange(self, channel: str, request: ProviderRequest, traceparent: str | None) -> Exchange:
        try:
            async with asyncio.timeout(self._total_seconds):
                built = await self._build(channel, request, traceparent)
                return await self._send(built)
        except UnsafeTarget as error:
            return Unsafe(str(error))
        except _NOT_SENT as error:
            return NotSent(f"no connection: {type(error).__name__}")
        except (httpx.HTTPError, httpx.StreamError, OSError, TimeoutError) as error:
            return Doubtful(f"no whole answer: {type(error).__name__}")

    async def _build(self, channel: str, request: ProviderRequest, traceparent: str | None) -> httpx.Request:
        headers = {**_HEADERS, **request.headers}
        if traceparent is not None:
            headers["traceparent"] = traceparent
        base = None if request.url.startswith(("https://", "http://")) else self._bases.get(channel)
        extensions: dict[str, Any] = {"timeout": self._wire.timeouts}
        if base is not None:
            url = base + request.url
        else:
            place = await self._target.resolve(request.url)
            url, headers["Host"], extensions["sni_hostname"] = place.url, place.host, place.server_name
        return httpx.Request(request.method, url, headers=headers, content=request.body, extensions=extensions)

    async def _send(self, request: httpx.Request) -> HttpAnswer:
        response = await self._wire.transport.handle_async_request(request)
        try:
            body = await _limited(response)
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpAnswer(response.status_code, headers, body)


async def _limited(response: httpx.Response) -> bytes:
    """As much as an answer can need; a longer one is cut off, its status still counts."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= MAX_ANSWER_BYTES:
            break
    return bytes(body[:MAX_ANSWER_BYTES])


@asynccontextmanager
async def open_wire(
    connect_seconds: float, read_seconds: float, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[Wire]:
    """One per process. The environment's proxies are ignored: they would see every secret."""
    async with transport or KeptConnections() as opened:
        yield Wire(opened, httpx.Timeout(read_seconds, connect=connect_seconds).as_dict())
