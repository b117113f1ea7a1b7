"""The chat's door under a real server, with a keeper of feeds that answers as the notifier does."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import httpx
import websockets
from typing_extensions import override

from contracts.base import Contract
from contracts.chat import ChatLine, VisitorTold
from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.envelope import Envelope, decode, encode
from contracts.inbound import ChatResumed
from contracts.values import Author, AuthorKind, Content, ContentKind
from ingest.adapters.memory import MemoryFiles, MemoryProducer
from ingest.entrypoints.webchat_hub import Hub
from ingest.wiring import build_for_tests
from runtime.http_server import HttpServer, bind
from runtime.producer import Record
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
ORIGIN = "https://shop.example"
SECRETS = {"env:SESSION": "a session secret of the tests", "env:IDENTITY": "an identity secret of the tests ....."}
ACCOUNT = ChannelAccount(
    id="shop-chat",
    channel="webchat",
    secrets={"session_secret": ("env:SESSION",), "identity_secret": ("env:IDENTITY",)},
    options={"origins": f"{ORIGIN} https://www.shop.example", "jwt_audience": "chat", "max_file_mib": "1"},
)
APP = ChannelAccount(
    id="app-chat", channel="webchat", secrets={"session_secret": ("env:SESSION",)}, options={"native": "allowed"}
)
TENANT = TenantConfig(
    tenant="acme",
    revision=1,
    applied_at=NOW,
    default_queue="main",
    queues=(Queue(id="main"),),
    channel_accounts=(ACCOUNT, APP),
)


class Keeper(MemoryProducer):
    """A broker that also keeps visitors' feeds. `silent`: pages that ask get no answer."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self.hub = hub
        self.silent = False
        self.portion = 100
        self._lines: dict[str, list[ChatLine]] = {}

    @override
    async def publish(self, records: Sequence[Record], timeout: float) -> None:
        await super().publish(records, timeout)
        for record in records:
            event = record.envelope.data
            if isinstance(event, ChatResumed) and not self.silent:
                self._answer(event.account, event.conversation, event.after)

    def say(self, visitor: str, text: str, *, lost: bool = False, **more: Any) -> ChatLine:
        """`lost`: whoever is connected does not hear of it."""
        lines = self._lines.setdefault(visitor, [])
        content = Content(kind=ContentKind.TEXT, text=text, **more)
        author = Author(kind=AuthorKind.AGENT, id="sato")
        line = ChatLine(position=len(lines) + 1, message_id=uuid4(), author=author, content=content, at=NOW)
        lines.append(line)
        if not lost:
            at = line.position
            self.tell(
                VisitorTold(account="shop-chat", visitor=visitor, after=at - 1, through=at, last=at, lines=(line,))
            )
        return line

    def tell(self, event: Contract) -> None:
        self.hub.heard(decode(encode(Envelope(uuid4(), "acme", "notifier", NOW, event))))

    def _answer(self, account: str, visitor: str, wanted: int) -> None:
        lines = self._lines.get(visitor, [])
        after = min(wanted, len(lines))
        given = tuple(lines[after : after + self.portion])
        through = given[-1].position if given else len(lines)
        self.tell(
            VisitorTold(account=account, visitor=visitor, after=after, through=through, last=len(lines), lines=given)
        )


@dataclass
class Page:
    """A browser's page with a socket."""

    socket: websockets.ClientConnection
    frames: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def next(self, type: str | None = None) -> dict[str, Any]:
        """The next frame, of this type if one is named."""
        while True:
            async with asyncio.timeout(10):
                frame: dict[str, Any] = json.loads(await self.socket.recv())
            self.frames.append(frame)
            if type is None or frame["type"] == type:
                return frame

    async def closed(self) -> tuple[int, str]:
        async with asyncio.timeout(10):
            await self.socket.wait_closed()
        return self.socket.close_code or 0, self.socket.close_reason or ""


@dataclass
class ChatHouse:
    port: int
    keeper: Keeper
    clock: ManualClock
    files: MemoryFiles
    http: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        hub, clock, files = Hub(), ManualClock(NOW), MemoryFiles()
        keeper = Keeper(hub)
        app = build_for_tests(fixed_config(TENANT), clock, SECRETS, keeper, files=files, hub=hub)
        with bind("127.0.0.1", 0) as door:
            server = HttpServer(app, door, drain_seconds=1, sockets=True)
            serving = asyncio.create_task(server.serve())
            base = f"http://127.0.0.1:{server.port}"
            async with httpx.AsyncClient(base_url=base, headers={"origin": ORIGIN}) as http:
                yield cls(server.port, keeper, clock, files, http)
            server.should_exit = True
            await serving

    def events(self) -> list[Any]:
        return [record.envelope.data for record in self.keeper.records]

    async def session(self, **asked: Any) -> dict[str, Any]:
        answer = await self.http.post("/webchat/shop-chat/sessions", json=asked)
        assert answer.status_code == 201, answer.text
        return answer.json()

    @asynccontextmanager
    async def page(self, token: str | None, after: int = 0, origin: str | None = ORIGIN) -> AsyncIterator[Page]:
        """With its hello said, if it has a token."""
        url = f"ws://127.0.0.1:{self.port}/webchat/shop-chat/socket"
        async with websockets.connect(url, origin=origin) as socket:  # type: ignore[arg-type]  # a NewType of str
            page = Page(socket)
            if token is not None:
                await page.say(type="hello", token=token, after=after)
            yield page
