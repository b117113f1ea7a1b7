"""Requests to providers: what came back, or how far the request can have come."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from notifier.channels.provider import HttpAnswer, ProviderRequest
from runtime.safe_target import Target, UnsafeTarget

MAX_ANSWER_BYTES: Final = 64 * 1024
# Shorter than any provider's, so that a connection is not reused at the moment its other end closes it.
_LIMITS: Final = httpx.Limits(max_connections=100, max_keepalive_connections=64, keepalive_expiry=3.0)

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


class ProviderHttp:
    """Never raises for what the network does. Redirects are answers, not orders."""

    def __init__(
        self, client: httpx.AsyncClient, bases: Mapping[str, str], target: Target, total_seconds: float = 20.0
    ) -> None:
        self._client = client
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
        headers = {"Accept-Encoding": "identity", "User-Agent": "madoguchi-notifier", **request.headers}
        if traceparent is not None:
            headers["traceparent"] = traceparent
        base = None if request.url.startswith(("https://", "http://")) else self._bases.get(channel)
        if base is not None:
            return self._client.build_request(request.method, base + request.url, headers=headers, content=request.body)
        place = await self._target.resolve(request.url)
        headers["Host"] = place.host
        # httpx forgets the client's time-outs as soon as a request brings extensions of its own
        extensions = {"sni_hostname": place.server_name, "timeout": self._client.timeout.as_dict()}
        return self._client.build_request(
            request.method, place.url, headers=headers, content=request.body, extensions=extensions
        )

    async def _send(self, request: httpx.Request) -> HttpAnswer:
        response = await self._client.send(request, stream=True, follow_redirects=False)
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
async def open_client(
    connect_seconds: float, read_seconds: float, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """One per process. The environment's proxies are ignored: they would see every secret."""
    wire = transport or httpx.AsyncHTTPTransport(limits=_LIMITS, retries=0, trust_env=False)
    timeout = httpx.Timeout(read_seconds, connect=connect_seconds)
    async with httpx.AsyncClient(transport=wire, timeout=timeout, trust_env=False) as client:
        yield client
