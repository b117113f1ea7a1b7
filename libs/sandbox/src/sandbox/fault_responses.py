"""Answers that are not answers: resets, silence, halves."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from sandbox.faults import FaultSpec
from sandbox.protocol import close_connection, reset_connection
from sandbox.wire import Answer, render


class ResetResponse(Response):
    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reset_connection(scope)
        await _until_gone(receive)


class HangResponse(Response):
    """Say nothing until the client leaves or the time is over, then close."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await _until_gone(receive)
        except TimeoutError:
            close_connection(scope)
            await _until_gone(receive)
        except asyncio.CancelledError:
            # The server stops: silence must not turn into its 500.
            reset_connection(scope)
            raise


class HalfResponse(Response):
    """Promise the whole body, write half of it, close."""

    def __init__(self, whole: Response) -> None:
        super().__init__()
        self._whole = whole

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(self._whole.body)
        await send(
            {"type": "http.response.start", "status": self._whole.status_code, "headers": self._whole.raw_headers}
        )
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        close_connection(scope)
        await _until_gone(receive)


class SlowResponse(Response):
    def __init__(self, seconds: float, whole: Response) -> None:
        super().__init__()
        self._seconds = seconds
        self._whole = whole

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._seconds)
        await self._whole(scope, receive, send)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def respond(fault: FaultSpec | None, answer: Answer) -> Response:
    if fault is None:
        return render(answer)
    match fault.kind:
        case "reset_before_body" | "accept_then_reset":
            return ResetResponse()
        case "hang":
            return HangResponse(fault.seconds)
        case "slow":
            return SlowResponse(fault.seconds, render(answer))
        case "half_response":
            return HalfResponse(render(answer))
        case "status" | "redirect":
            return render(answer)
