"""A provider on loopback that answers by script, and can break the connection in every way a network can."""

import asyncio
import json
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """`fault`: reset (after reading all), hang, half (of the promised body), close (without an answer)."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    wait: asyncio.Event | None = None


Script = Callable[[Seen], Answer]


class Provider:
    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: deque[Answer | Script] = deque()
        self.otherwise: Script = lambda seen: Answer()
        self.arrived = asyncio.Event()
        self.connections = 0
        self.open = 0
        self.port = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while (seen := await _read(reader)) is not None:
                self.seen.append(seen)
                self.arrived.set()
                planned = self.script.popleft() if self.script else self.otherwise
                answer = planned if isinstance(planned, Answer) else planned(seen)
                if not await _answer(answer, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, path, headers, body)


async def _answer(answer: Answer, writer: asyncio.StreamWriter) -> bool:
    """False: the connection is over."""
    if answer.wait is not None:
        await answer.wait.wait()
    if answer.fault == "hang":
        await asyncio.Event().wait()
    if answer.fault == "close":
        return False
    if answer.fault == "reset":
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        return False
    body = b"" if answer.body is None else json.dumps(answer.body).encode()
    lines = [f"HTTP/1.1 {answer.status} X", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    half = answer.fault == "half"
    writer.write("\r\n".join([*lines, "", ""]).encode() + (body[: len(body) // 2] if half else body))
    await writer.drain()
    return not half


@asynccontextmanager
async def serving() -> AsyncIterator[Provider]:
    provider = Provider()
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        connections.add(task)
        try:
            await provider.connected(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            connections.discard(task)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    provider.port = server.sockets[0].getsockname()[1]
    try:
        yield provider
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await server.wait_closed()
        if connections:
            await asyncio.wait(connections)
