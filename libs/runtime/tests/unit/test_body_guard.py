"""The guard in front of every door waits for no body, and reads no further than it must."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import httpx
from fastapi import APIRouter
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from runtime.api import Principal, create_api, public, requires
from runtime.body_guard import BodyGuard
from runtime.testing.auth import FixedAuthenticator


async def answer_of(guard: BodyGuard, receive: Receive) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await guard({"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}, receive, send)
    return sent


async def never_reached(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the request was incomplete")


def hooks() -> APIRouter:
    router = APIRouter(dependencies=[public()])

    @router.post("/hooks/{channel}")
    async def hook(channel: str, request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    return router


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def stall() -> Message:
        await asyncio.Event().wait()
        return {}

    sent = await answer_of(BodyGuard(never_reached, seconds=0.01), stall)
    assert sent[0]["status"] == 408


async def test_a_client_that_hangs_up_halfway_is_not_answered() -> None:
    messages: Iterator[Message] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    assert await answer_of(BodyGuard(never_reached), receive) == []


async def test_a_chunked_body_is_read_no_further_than_the_limit() -> None:
    app, read, sent = create_api("test", "1", [hooks()], raw_bodies={"/hooks/line": 1000}), [], []

    async def receive() -> dict[str, object]:
        read.append(100)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/hooks/line", "headers": [], "query_string": b""}
    await app(scope, receive, send)  # type: ignore[arg-type]  # as a server would call it
    assert sent[0]["status"] == 413
    assert sum(read) == 1100


async def test_a_file_is_not_read_before_it_is_known_who_sends_it() -> None:
    router, asked, sent = APIRouter(), [], []

    @router.post("/files")
    async def upload(request: Request, caller: Annotated[Principal, requires("files:write")]) -> int:
        return len(await request.body())

    async def receive() -> dict[str, object]:
        asked.append(1)
        return {"type": "http.request", "body": b"x" * 100, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    app = create_api(
        "test",
        "1",
        [router],
        FixedAuthenticator(Principal("acme", "user-1", frozenset({"cases:read"}))),
        raw_bodies={"/files": 10_000},
    )
    scope = {"type": "http", "method": "POST", "path": "/files", "headers": [], "query_string": b""}
    await app(scope, receive, send)  # type: ignore[arg-type]  # as a server would call it
    assert (sent[0]["status"], asked) == (403, [])
    assert (b"connection", b"close") in sent[0]["headers"]


async def test_raw_bodies_pass_unread_when_json_is_not_demanded() -> None:
    app = create_api("test", "1", [hooks()], raw_bodies={"/hooks/line": 1000})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        assert (await client.post("/hooks/line", content=b"\x00{not json")).json() == {"size": 10}
