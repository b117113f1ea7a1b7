"""A body that came with its head, over a real socket: nobody waits for it, and nothing else is told twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.types import Message, Receive, Scope, Send

from runtime.body_guard import WHOLE_BODY, BodyGuard
from runtime.http_server import HttpServer, bind


class Echo:
    """Behind a guard: answers each body; `asked` counts what the guard wanted of the server, `after` what came behind a body."""

    def __init__(self, **options: int) -> None:
        self.asked = 0
        self.whole: list[bool] = []
        self.after: list[str] = []
        self.told = asyncio.Event()
        self.guard = BodyGuard(self.answer, json_only=False, **options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted() -> Message:
            self.asked += 1
            return await receive()

        self.whole.append(WHOLE_BODY in scope.get("extensions", {}))
        await self.guard(scope, counted, send)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        headers = [(b"content-length", b"%d" % len(body))]
        if scope["path"] == "/stay":
            self.told.set()
            self.after.append((await receive())["type"])
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def connected(app: Echo) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    with bind("127.0.0.1", 0) as door:
        server = HttpServer(app, door, drain_seconds=1)
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve())
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            yield reader, writer
            writer.close()
            server.exit_soon()


def request(body: bytes, path: str = "/") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body)


async def answer_from(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


async def test_nobody_waits_for_a_body_that_came_with_its_head() -> None:
    app = Echo()
    async with connected(app) as (reader, writer):
        for body in (b"one", b"", b"x" * 60_000):
            writer.write(request(body))
            assert await answer_from(reader) == (200, body)
    assert (app.whole[0], app.whole[1]) == (True, True)
    assert app.whole[2] or app.asked  # a long one may come in pieces


async def test_a_body_in_pieces_is_waited_for() -> None:
    app = Echo()
    async with connected(app) as (reader, writer):
        asked = request(b"in pieces")
        writer.write(asked[:-4])
        await writer.drain()
        async with asyncio.timeout(10):
            while not app.whole:
                await asyncio.sleep(0)
        writer.write(asked[-4:])
        assert await answer_from(reader) == (200, b"in pieces")
    assert (app.whole, app.asked > 0) == ([False], True)


async def test_requests_behind_each_other_in_one_piece_keep_their_own_bodies() -> None:
    app = Echo()
    async with connected(app) as (reader, writer):
        writer.write(request(b"first") + request(b"second") + request(b"third"))
        assert [await answer_from(reader) for _ in range(3)] == [(200, b"first"), (200, b"second"), (200, b"third")]


async def test_behind_such_a_body_comes_only_that_the_client_hung_up() -> None:
    app = Echo()
    async with connected(app) as (_, writer):
        writer.write(request(b"and gone", "/stay"))
        await app.told.wait()
    assert app.after == ["http.disconnect"]


@pytest.mark.parametrize("size", [11, 60_000])
async def test_such_a_body_may_be_no_longer_than_another(size: int) -> None:
    app = Echo(limit=10)
    async with connected(app) as (reader, writer):
        chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        writer.write(chunked % (size, b"x" * size))
        status, body = await answer_from(reader)
    assert (status, b"body_too_large" in body) == (413, True)
