"""`WebSocket /webchat/{account}/socket`: one page. Hello first; then both sides speak until one of them ends it."""

import asyncio
import contextlib
import json
from collections import deque
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from contracts.chat import VisitorSignalled, VisitorTold
from ingest.channels.webchat.frames import Frame, Hello, Message, error_frame, read_frame, signal_frame
from ingest.channels.webchat.session import Session
from ingest.domain.chat_cursor import ChatCursor
from ingest.entrypoints import metrics
from ingest.entrypoints.limits import CALLS, RateLimited, address_of
from ingest.entrypoints.webchat_door import Chat
from ingest.entrypoints.webchat_page import shown
from ingest.entrypoints.webchat_speech import ask, hear
from runtime import logging
from runtime.errors import Failure
from runtime.problems import of_failure

_HELLO_SECONDS: Final = 10.0
_ASK_AGAIN_SECONDS: Final = 3.0
_CHECK_SECONDS: Final = 30.0
_CLOSE_SECONDS: Final = 3.0
_MAX_WAITING: Final = 512
_MAX_PAGES: Final = 10
_GONE: Final = 1000
_CODES: Final = {401: 4401, 403: 4403, 404: 4404, 422: 4400, 429: 4429}
_log: Final = logging.get("ingest.webchat")


class _Ended(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def serve_socket(scope: Scope, receive: Receive, send: Send, chat: Chat, account: str) -> None:
    await receive()
    origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
    address = address_of(scope, chat.address_header)
    try:
        chat.door(account).check_origin(origin)
        await chat.limits.address(account, address, CALLS)
    except Failure as failure:
        await _deny(of_failure(failure), scope, send)
        return
    await send({"type": "websocket.accept"})
    socket = _Socket(receive, send, chat, account, origin, address)
    with metrics.SOCKETS.track_inprogress():
        await socket.live()


async def _deny(response: Response, scope: Scope, send: Send) -> None:
    """The handshake's HTTP answer says why, where the server can send one."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 4403})
        return
    head = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "websocket.http.response.start", **head})
    await send({"type": "websocket.http.response.body", "body": response.body})


class _Socket:
    def __init__(
        self, receive: Receive, send: Send, chat: Chat, account: str, origin: str | None, address: str
    ) -> None:
        self._receive = receive
        self._send = send
        self._chat = chat
        self._account = account
        self._origin = origin
        self._address = address
        self._cursor = ChatCursor(0)
        self._waiting: deque[Frame] = deque()
        self._wakes = asyncio.Event()
        self._wants = asyncio.Event()
        self._too_slow = False
        self._door = chat.door(account)

    async def live(self) -> None:
        try:
            hello, session = await self._greeted()
            self._cursor = ChatCursor(hello.after)
            place = (self._door.tenant.tenant, self._account, session.visitor.id)
            if self._chat.hub.count(*place) >= _MAX_PAGES:
                raise _Ended(4429, "too_many_pages")
            with self._chat.hub.join(*place, self):
                await self._speak(hello, session)
        except _Ended as ended:
            await self._close(ended)

    async def _speak(self, hello: Hello, session: Session) -> None:
        self._push({"type": "ready", "visitor": session.visitor.id, "after": hello.after})
        self._wants.set()
        ended: _Ended | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._watch(hello.token, session))
                await self._read(session)
        except* _Ended as group:
            ended = next(one for one in group.exceptions if isinstance(one, _Ended))
        if ended is not None:
            raise ended

    async def _greeted(self) -> tuple[Hello, Session]:
        try:
            async with asyncio.timeout(_HELLO_SECONDS):
                frame = read_frame(await self._next())
            if not isinstance(frame, Hello):
                raise _Ended(4400, "hello_expected")
            return frame, self._session(frame.token)
        except TimeoutError:
            raise _Ended(4408, "hello_expected") from None
        except Failure as failure:
            raise _ended_by(failure) from None

    def _session(self, token: str) -> Session:
        """Asked again while it lives: the account, its origins and secrets may change, and a session ends."""
        self._door = self._chat.door(self._account)
        self._door.check_origin(self._origin)
        session = self._door.session(token, self._origin)
        if self._origin is None and session.origin:
            raise _Ended(4403, "origin_not_allowed")
        return session

    async def _next(self) -> str | bytes:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise _Ended(_GONE, "")
        text = message.get("text")
        return text if text is not None else message.get("bytes") or b""

    async def _read(self, session: Session) -> None:
        while True:
            text = await self._next()
            said = None
            try:
                said = read_frame(text)
                if isinstance(said, Hello):
                    raise _Ended(4400, "hello_once")
                answer = await hear(said, session, self._address, self._door, self._chat)
            except Failure as failure:
                answer = _refusal(failure, said)
            if answer is not None:
                self._push(answer)

    async def _write(self) -> None:
        while True:
            await self._wakes.wait()
            self._wakes.clear()
            try:
                while self._waiting:
                    await self._send({"type": "websocket.send", "text": _text(self._waiting.popleft())})
            except OSError:
                raise _Ended(_GONE, "") from None

    async def _watch(self, token: str, session: Session) -> None:
        """Asks for what is missing, and again when no answer came; ends what may no longer be."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CHECK_SECONDS if self._cursor.caught_up else _ASK_AGAIN_SECONDS):
                    await self._wants.wait()
            self._wants.clear()
            if self._too_slow:
                raise _Ended(4408, "too_slow")
            try:
                self._session(token)
            except Failure as failure:
                raise _ended_by(failure) from None
            if not self._cursor.caught_up:
                await self._ask(session)

    async def _ask(self, session: Session) -> None:
        try:
            await ask(session, self._cursor.position, self._door, self._chat)
        except Failure as failure:
            _log.warning("a page waits for its feed", extra={"account": self._account, "code": failure.code})

    def told(self, event: VisitorTold) -> None:
        before = self._cursor.caught_up
        for line in self._cursor.take(event):
            self._push(shown(line, self._door))
        if not self._cursor.caught_up:
            self._wants.set()
        elif not before:
            self._push({"type": "caught_up", "after": self._cursor.position})

    def signalled(self, event: VisitorSignalled) -> None:
        self._push(signal_frame(event))

    def _push(self, frame: Frame) -> None:
        """A page that takes nothing any more is let go; it comes again with its cursor."""
        if self._too_slow or len(self._waiting) >= _MAX_WAITING:
            self._too_slow = True
            self._wants.set()
            return
        self._waiting.append(frame)
        self._wakes.set()

    async def _close(self, ended: _Ended) -> None:
        if ended.code == _GONE:
            return
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._send({"type": "websocket.close", "code": ended.code, "reason": ended.reason})


def _ended_by(failure: Failure) -> _Ended:
    return _Ended(_CODES.get(getattr(failure, "status", 0), 1013), failure.code)


def _refusal(failure: Failure, said: object) -> Frame:
    """A code and an id only; what went wrong inside is for our logs."""
    frame = error_frame(failure.code, failure.sentence, said.id if isinstance(said, Message) else None)
    if isinstance(failure, RateLimited):
        frame["retry_after_ms"] = max(1, int(failure.wait.total_seconds() * 1000))
    return frame


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
