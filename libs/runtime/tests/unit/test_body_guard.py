"""The guard in front of every door waits for no body, and reads no further than it must."""

import asyncio
from collections.abc import Iterator

from starlette.types import Message, Receive, Scope, Send

from runtime.body_guard import BodyGuard


async def answer_of(guard: BodyGuard, receive: Receive) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await guard({"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}, receive, send)
    return sent


async def never_reached(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("the request was incomplete")


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
