"""Connections to providers that are kept for the next request to the same place.

Half the processor time of a request was its pool's: httpx's client around httpcore's pool, which asks every connection that it keeps
whether it still lives, twice for each request (1.1 ms against 0.5). Here only the one that is taken is asked: the one used last.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx
from typing_extensions import override

# Shorter than any provider's, so that a connection is not reused at the moment its other end closes it.
_KEPT_SECONDS: Final = 3.0
_AS_HTTPX: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
)
_Place = tuple[bytes, bytes, int, str | None]


class KeptConnections(httpx.AsyncBaseTransport):
    """As httpx's own transport, for HTTP/1.1 without proxies. A connection serves one request at a time.

    It is kept for the name that its certificate was checked for, too: two names may share an address.
    """

    def __init__(self, most: int = 100, most_kept: int = 64) -> None:
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._room = asyncio.Semaphore(most)
        self._most_kept = most_kept
        self._kept: dict[_Place, deque[httpcore.AsyncHTTPConnection]] = {}
        self._since: OrderedDict[httpcore.AsyncHTTPConnection, tuple[_Place, float]] = OrderedDict()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx's errors; PoolTimeout when all connections are busy for as long as `timeout` allows."""
        asked = _asked(request)
        origin = asked.url.origin
        place = (origin.scheme, origin.host, origin.port, request.extensions.get("sni_hostname"))
        await self._enter(request.extensions.get("timeout", {}).get("pool"))
        try:
            connection = await self._connection(place)
        except BaseException:
            self._room.release()
            raise
        try:
            with _as_httpx():
                answer = await connection.handle_async_request(asked)
        except BaseException:
            self._give_back(connection, place)
            raise
        stream = _Answer(answer, lambda: self._give_back(connection, place))
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions)

    @override
    async def aclose(self) -> None:
        while self._since:
            await self._oldest().aclose()

    async def _enter(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._room.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("all connections are busy") from None

    async def _connection(self, place: _Place) -> httpcore.AsyncHTTPConnection:
        await self._close_old()
        while kept := self._kept.get(place):
            connection = kept.pop()
            self._forget(connection)
            if not connection.has_expired():
                return connection
            await connection.aclose()
        origin = httpcore.Origin(*place[:3])
        return httpcore.AsyncHTTPConnection(origin, ssl_context=self._tls, keepalive_expiry=_KEPT_SECONDS)

    async def _close_old(self) -> None:
        before = asyncio.get_running_loop().time() - _KEPT_SECONDS
        while self._since and (len(self._since) > self._most_kept or next(iter(self._since.values()))[1] < before):
            await self._oldest().aclose()

    def _oldest(self) -> httpcore.AsyncHTTPConnection:
        connection, (place, _) = next(iter(self._since.items()))
        self._kept[place].popleft()
        self._forget(connection)
        return connection

    def _forget(self, connection: httpcore.AsyncHTTPConnection) -> None:
        place, _ = self._since.pop(connection)
        if not self._kept[place]:
            del self._kept[place]

    def _give_back(self, connection: httpcore.AsyncHTTPConnection, place: _Place) -> None:
        """One that did not come to a clean end has closed itself."""
        self._room.release()
        if connection.is_idle() and not connection.is_closed():
            self._kept.setdefault(place, deque()).append(connection)
            self._since[connection] = place, asyncio.get_running_loop().time()


class _Answer(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response, done: Callable[[], None]) -> None:
        self._answer = answer
        self._done: Callable[[], None] | None = done

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._answer.aiter_stream():
                yield part

    @override
    async def aclose(self) -> None:
        done, self._done = self._done, None
        if done is not None:
            try:
                await self._answer.aclose()
            finally:
                done()


def _asked(request: httpx.Request) -> httpcore.Request:
    url = request.url
    if url.scheme not in ("http", "https"):
        raise httpx.UnsupportedProtocol(f"not a scheme of the web: {url.scheme}")
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return httpcore.Request(
        request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
    )


@contextmanager
def _as_httpx() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        for kind, told in _AS_HTTPX:
            if isinstance(error, kind):
                raise told(str(error)) from error
        raise
