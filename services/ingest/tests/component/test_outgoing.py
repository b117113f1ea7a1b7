"""Connections to places that are named by others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.adapters.media_http import SafeFetch
from ingest.adapters.outgoing import open_outgoing
from ingest.handlers.ports import Fetched, MediaRequest
from runtime.safe_target import Target

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\npng"


class Host:
    """Keeps every connection open and counts them."""

    def __init__(self) -> None:
        self.connections = 0
        self.tasks: list[asyncio.Task[None]] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.append(asyncio.create_task(_serve(reader, writer)))


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(ANSWER)
            await writer.drain()
    writer.close()
    await writer.wait_closed()


@asynccontextmanager
async def served(host: Host) -> AsyncIterator[int]:
    server = await asyncio.start_server(host.accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait(host.tasks)


async def test_two_names_at_one_address_share_no_connection() -> None:
    host, target = Host(), Target(allow_loopback=True)
    async with served(host) as port, open_outgoing() as client:
        http = SafeFetch(client, target, 100)
        for name in ("localhost", "127.0.0.1", "localhost"):
            assert isinstance(await http.fetch(MediaRequest(f"http://{name}:{port}/file", {})), Fetched)
    assert host.connections == 3
