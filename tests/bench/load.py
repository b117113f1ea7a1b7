"""The load generator, a process of its own: signed LINE webhooks over kept-alive connections, on raw sockets.

`open`: request i is due at start + i/rate whatever the answers do, and its latency counts from then, so that a stall shows in every
request that it held up (no coordinated omission). `closed`: each connection sends when it has its answer; for the highest rate only.
Reads one Job as JSON from standard input, waits for a line `go`, prints one Outcome as JSON.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Literal

import uvloop

_TICK_SECONDS = 0.001
_DRAIN_SECONDS = 30.0
_CYCLE = 4_000
_ROWS_APART = 4


@dataclass(frozen=True)
class Job:
    """One of `messages_each` messages is a new user's, the others are further ones of users who came a little earlier, in a fixed order.

    So every stretch of a run opens its share of cases, and nothing is put off to a quieter end.
    """

    port: int
    account: str
    secret: str
    mode: Literal["open", "closed"]
    seconds: float
    rate: float = 0.0
    connections: int = 64
    messages_each: int = 1
    run: int = 0
    text: str = "配送はいつですか"


@dataclass
class Outcome:
    """`started` is the wall clock of request 0; latencies in milliseconds, one per answered request.

    `unknown` are the numbers of the open loop that were not answered 200: such a message may be in the house or not.
    """

    started: float = 0.0
    seconds: float = 0.0
    answered: int = 0
    refused: int = 0
    lost: int = 0
    latencies: list[float] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)


def user_of(number: int, messages_each: int) -> int:
    """Below zero: those who would have come before the first message. They say only what is left for them to say."""
    row, place = divmod(number, messages_each)
    return row - place * _ROWS_APART


def opens(number: int, messages_each: int) -> bool:
    """Whether it is its user's first message."""
    user, place = user_of(number, messages_each), number % messages_each
    return place == 0 or user + (place - 1) * _ROWS_APART < 0


def opened(count: int, messages_each: int) -> int:
    """Users of the first `count` messages."""
    return sum(opens(number, messages_each) for number in range(count))


def webhook(job: Job, number: int) -> bytes:
    """One HTTP request with one text message; its text ends with the run and the number, by which it is found again."""
    user = f"U{job.run:08x}{user_of(number, job.messages_each) + _ROWS_APART * job.messages_each:024x}"
    message = f"{job.run:04d}{number:014d}"
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user},
        "webhookEventId": f"01BENCH{message}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": hashlib.md5(message.encode(), usedforsecurity=False).hexdigest(),
        "message": {
            "id": message,
            "type": "text",
            "quoteToken": "q3Plxr4AgKd",
            "text": f"{job.text} {job.run}:{number}",
        },
    }
    body = json.dumps(
        {"destination": "U5f2a9c1e7b3d4860af91c2d3e4b5a697", "events": [event]}, ensure_ascii=False
    ).encode()
    signature = base64.b64encode(hmac.digest(job.secret.encode(), body, hashlib.sha256)).decode()
    head = (
        f"POST /webhooks/line/{job.account} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: LineBotWebhook/2.0\r\n"
        f"Content-Type: application/json; charset=utf-8\r\nX-Line-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, generator: "_Generator") -> None:
        self._generator = generator
        self._answer = b""
        self._due: float | None = None
        self._number = -1
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]  # it is a socket's
        self._transport = transport

    def send(self, request: bytes, due: float, number: int = -1) -> None:
        assert self._transport is not None
        self._due, self._number = due, number
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        status, due = int(head[9:12]), self._due
        self._answer, self._due = b"", None
        assert due is not None
        self._generator.answered(self, status, due, self._number)

    def connection_lost(self, error: Exception | None) -> None:
        self._generator.lost(self, self._due is not None, self._number)

    @property
    def waits(self) -> bool:
        return self._due is not None

    @property
    def number(self) -> int:
        return self._number

    def close(self) -> None:
        assert self._transport is not None
        self._transport.close()


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or b"0")


class _Generator:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.outcome = Outcome()
        count = int(job.rate * job.seconds) if job.mode == "open" else _CYCLE
        self.requests = [webhook(job, number) for number in range(count)]
        self._free: list[_Connection] = []
        self._connections: list[_Connection] = []
        self._due: deque[tuple[bytes, float, int]] = deque()
        self._next = 0
        self._end = float("inf")
        self._over = False
        self._replacing: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        for _ in range(self.job.connections):
            await self._connect()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", self.job.port)
        self._connections.append(connection)
        self._free.append(connection)

    async def run(self) -> Outcome:
        begun = time.perf_counter()
        self.outcome.started = time.time()
        await (self._open(begun) if self.job.mode == "open" else self._closed(begun))
        self.outcome.seconds = time.perf_counter() - begun
        self._over = True
        self._give_up()
        return self.outcome

    def _give_up(self) -> None:
        """What is unanswered so long after the end has the worst time of all: it is told as lost and not left out."""
        silent = [connection.number for connection in self._connections if connection.waits]
        silent += [number for _, _, number in self._due]
        self.outcome.lost += len(silent)
        self.outcome.unknown += silent
        for connection in self._connections:
            connection.close()

    async def _closed(self, begun: float) -> None:
        self._end = begun + self.job.seconds
        for connection in self._free:
            self._send_next(connection)
        await asyncio.sleep(self.job.seconds)
        await self._drain(lambda: self.outcome.answered + self.outcome.refused + self.outcome.lost < self._next)

    async def _open(self, begun: float) -> None:
        total = len(self.requests)
        while self._next < total:
            now = time.perf_counter()
            while self._next < total and (due := begun + self._next / self.job.rate) <= now:
                self._due.append((self.requests[self._next], due, self._next))
                self._next += 1
            self._dispatch()
            await asyncio.sleep(_TICK_SECONDS)
        await self._drain(lambda: self.outcome.answered + self.outcome.refused + self.outcome.lost < total)

    async def _drain(self, busy: Callable[[], bool]) -> None:
        deadline = time.perf_counter() + _DRAIN_SECONDS
        while busy() and time.perf_counter() < deadline:
            await asyncio.sleep(_TICK_SECONDS)

    def _dispatch(self) -> None:
        while self._due and self._free:
            self._free.pop().send(*self._due.popleft())

    def _send_next(self, connection: _Connection) -> None:
        request = self.requests[self._next % len(self.requests)]
        self._next += 1
        connection.send(request, time.perf_counter())

    def answered(self, connection: _Connection, status: int, due: float, number: int) -> None:
        now = time.perf_counter()
        if status == 200:
            self.outcome.answered += 1
            self.outcome.latencies.append(round((now - due) * 1000, 3))
        else:
            self.outcome.refused += 1
            self.outcome.unknown.append(number)
        if self.job.mode == "open":
            self._free.append(connection)
            self._dispatch()
        elif now < self._end:
            self._send_next(connection)

    def lost(self, connection: _Connection, waiting: bool, number: int) -> None:
        """The server closed it: another takes its place."""
        if self._over:
            return
        self._connections.remove(connection)
        if connection in self._free:
            self._free.remove(connection)
        replacing = asyncio.get_running_loop().create_task(self._connect())
        self._replacing.add(replacing)
        replacing.add_done_callback(self._replacing.discard)
        self.outcome.lost += waiting
        if waiting:
            self.outcome.unknown.append(number)


async def main() -> None:
    generator = _Generator(Job(**json.loads(sys.stdin.readline())))
    await generator.connect()
    print("ready", flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps(asdict(await generator.run())), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main())
