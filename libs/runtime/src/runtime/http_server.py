"""uvicorn under our lifecycle: sockets bound by us, no signal handlers, no access log, no banner."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from runtime.body_guard import WHOLE_BODY
from runtime.errors import Failure

_BACKLOG: Final = 2048
_KEEP_ALIVE_SECONDS: Final = 75
_MAX_HEAD_BYTES: Final = 64 * 1024
_HEAD_SECONDS: Final = 15.0
_TICK_SECONDS: Final = 1.0
_PING_SECONDS: Final = 20.0
MAX_SOCKET_BYTES: Final = 64 * 1024


@contextlib.contextmanager
def bind(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        bound = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        raise Failure(f"can't listen on {host}:{port}: {error}") from error
    with bound:
        yield bound


class BoundedHead(HttpToolsProtocol):
    """uvicorn's parser waits for a head of any size, for ever; this one hangs up after 64 KiB or 15 s."""

    _head_bytes = 0
    _in_head = True
    _in_one_piece = False
    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        super().connection_made(transport)
        self._arm()

    @override
    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data) if self._in_head else 0
        self._in_one_piece = False
        super().data_received(data)
        if self._in_head and self._head_bytes:
            self._wait_for_more()

    @override
    def on_headers_complete(self) -> None:
        self._disarm()
        self._in_head, self._in_one_piece = False, True
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()
        if self._in_one_piece and self.cycle is not None and len(self.cycle.body) <= HIGH_WATER_LIMIT:
            self.scope["extensions"] = {WHOLE_BODY: {"body": bytes(self.cycle.body)}}

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _wait_for_more(self) -> None:
        """Nearly every head comes in one piece; only for the others is a timer worth its price."""
        if self._head_bytes > _MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request header fields too large.")
        if self._deadline is None:
            self._arm()

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(_HEAD_SECONDS, self.transport.close)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class HttpServer(uvicorn.Server):
    """Web sockets only where `sockets` says so; a message on one is at most MAX_SOCKET_BYTES."""

    def __init__(self, app: ASGIApp, door: socket.socket, drain_seconds: int, *, sockets: bool = False) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=BoundedHead,
                ws="websockets-sansio" if sockets else "none",
                ws_max_size=MAX_SOCKET_BYTES,
                ws_ping_interval=_PING_SECONDS,
                ws_ping_timeout=_PING_SECONDS,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=drain_seconds,
            )
        )
        self._door = door
        self._asked_to_exit = asyncio.Event()

    def exit_soon(self) -> None:
        """Stops accepting, lets what runs come to its end."""
        self.should_exit = True
        self._asked_to_exit.set()

    @override
    async def main_loop(self) -> None:
        """A tick renews the Date header. uvicorn makes ten a second to see whether it should exit; here it is told."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._asked_to_exit.wait()

    @property
    def port(self) -> int:
        return int(self._door.getsockname()[1])

    @override
    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        await super().serve(sockets or [self._door])

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process has one place that listens to signals, and it is not this."""
        yield
