"""A TCP proxy in front of a dependency that slows, silences or cuts what passes, one way or both."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

LOOPBACK = "127.0.0.1"
CHUNK = 65_536


class Mode(StrEnum):
    """`to_us` and `from_us` name the silenced direction, seen from the services; `cut` resets and refuses."""

    PASS = "pass"  # a mode
    SILENT = "silent"
    SILENT_TO_US = "to_us"
    SILENT_FROM_US = "from_us"
    CUT = "cut"


class Proxy:
    """`delay` seconds are added to every chunk, each way. What was silenced arrives late, as on a network that heals."""

    def __init__(self, name: str, target: int) -> None:
        self.name = name
        self.port = 0
        self._target = target
        self._mode = Mode.PASS
        self._delay = 0.0
        self._open = asyncio.Event()
        self._open.set()
        self._pairs: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        self.set(Mode.CUT)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def set(self, mode: Mode, delay: float = 0.0) -> None:
        self._mode, self._delay = mode, delay
        if mode is Mode.CUT:
            self.reset()
        if mode in (Mode.PASS, Mode.CUT):
            self._open.set()
        else:
            self._open.clear()

    def reset(self) -> None:
        """Every connection that is open now ends with a reset; new ones may come."""
        for writer in list(self._pairs):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode is Mode.CUT:
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            _reset(writer)
            return
        both = {writer, back}
        self._pairs |= both
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(reader, back, Mode.SILENT_FROM_US))
                group.create_task(self._carry(there, writer, Mode.SILENT_TO_US))
        finally:
            self._pairs -= both
            for end in both:
                end.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, silenced_by: Mode) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                while self._mode in (Mode.SILENT, silenced_by):
                    await self._open.wait()
                sink.write(chunk)
                await sink.drain()
        # Half-closed is of no use to any of these protocols: the other half ends too.
        sink.transport.abort()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Without lingering, closing says RST and not a polite FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def open_proxies(targets: dict[str, int]) -> AsyncIterator[dict[str, Proxy]]:
    proxies = {name: Proxy(name, port) for name, port in targets.items()}
    try:
        for proxy in proxies.values():
            await proxy.start()
        yield proxies
    finally:
        for proxy in proxies.values():
            await proxy.stop()
