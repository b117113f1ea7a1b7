"""Discord's gateway in miniature, on loopback. Source: Discord, "Gateway, Connection lifecycle"; "Opcodes and status codes"."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

HELLO, HEARTBEAT, IDENTIFY, RESUME, ACK, DISPATCH = 10, 1, 2, 6, 11, 0
SESSION = "session-1"
BOT = {"id": "900", "username": "madoguchi", "discriminator": "0", "avatar": None, "bot": True}


@dataclass
class Gateway:
    """One connection at a time. What was dispatched is kept by its number, so that a resumed session hears what it missed."""

    token: str
    port: int = 0
    refusals: int = 0
    heard: list[dict[str, Any]] = field(default_factory=list)
    logins: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    socket: web.WebSocketResponse | None = None
    packer: Any = None

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    async def who(self, request: web.Request) -> web.Response:
        self.logins += 1
        if self.logins <= self.refusals or request.headers.get("authorization") != f"Bot {self.token}":
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        return _json(BOT)

    async def application(self, request: web.Request) -> web.Response:
        about = {"id": "901", "name": "m", "description": "", "icon": None, "verify_key": "00", "flags": 0}
        return _json(about | {"bot_public": False, "bot_require_code_grant": False, "owner": BOT})

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.query["compress"] == "zlib-stream"
        self.socket, self.packer = socket, zlib.compressobj()
        await self._send({"op": HELLO, "d": {"heartbeat_interval": 200}})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._hear(json.loads(frame.data))
        return socket

    async def dispatch(self, kind: str, data: dict[str, Any]) -> None:
        """To whoever is connected; else it waits for a session that resumes."""
        told = {"op": DISPATCH, "t": kind, "s": len(self.kept) + 1, "d": data}
        self.kept.append(told)
        if self.socket is not None and not self.socket.closed:
            await self._send(told)

    async def hang_up(self, code: int) -> None:
        assert self.socket is not None
        socket, self.socket = self.socket, None
        await socket.close(code=code)

    async def until(self, op: int, times: int = 1) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: sum(one["op"] == op for one in self.heard) >= times)

    async def _hear(self, said: dict[str, Any]) -> None:
        async with self.changed:
            self.heard.append(said)
            self.changed.notify_all()
        match said["op"]:
            case 1:
                await self._send({"op": ACK})
            case 2:
                ready = {
                    "v": 10,
                    "user": BOT,
                    "guilds": [],
                    "session_id": SESSION,
                    "application": {"id": "901", "flags": 0},
                }
                await self.dispatch("READY", ready | {"resume_gateway_url": f"ws://127.0.0.1:{self.port}/again"})
            case 6:
                for missed in self.kept[said["d"]["seq"] :]:
                    await self._send(missed)
                await self.dispatch("RESUMED", {})

    async def _send(self, message: dict[str, Any]) -> None:
        assert self.socket is not None
        packed = self.packer.compress(json.dumps(message, ensure_ascii=False).encode())
        await self.socket.send_bytes(packed + self.packer.flush(zlib.Z_SYNC_FLUSH))


def _json(value: Any, status: int = 200) -> web.Response:
    """Discord names no charset, and its client takes anything else for text."""
    return web.Response(body=json.dumps(value).encode(), status=status, content_type="application/json")


@asynccontextmanager
async def gateway(token: str) -> AsyncIterator[Gateway]:
    there = Gateway(token)
    app = web.Application()
    app.router.add_get("/api/v10/users/@me", there.who)
    app.router.add_get("/api/v10/oauth2/applications/@me", there.application)
    app.router.add_get("/", there.connect)
    app.router.add_get("/again", there.connect)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    there.port = runner.addresses[0][1]
    try:
        yield there
    finally:
        await runner.cleanup()
