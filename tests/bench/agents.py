"""The agents, a process of its own: answers each assignment once, by the case store's door, and may resolve the case some seconds later.

Started as `python agents.py BOOTSTRAP PARTITIONS PORT TOPIC RESOLVE_AFTER` (0: never), with a token as the first line of standard
input; it reads the topic from its end. A later line asks for what became of the replies.
"""

import asyncio
import json
import sys
from collections import Counter

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic_core import from_json

_CONNECTIONS = 100
_REPLY, _RESOLVE = "messages", "resolve"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Door:
    """Kept-alive connections, each with one request at a time; one that the house closed, because nobody spoke for long, is opened anew."""

    def __init__(self, port: int, token: str, resolve_after: float) -> None:
        self._port = port
        self._token = token
        self._resolve_after = resolve_after
        self.wanted: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.answers: Counter[int] = Counter()

    async def work(self) -> None:
        connection: Connection | None = None
        while True:
            command, case_id = await self.wanted.get()
            try:
                connection = connection or await asyncio.open_connection("127.0.0.1", self._port)
                status = await _exchange(connection, self._request(command, case_id))
            except (OSError, asyncio.IncompleteReadError):
                connection = None
                self.wanted.put_nowait((command, case_id))  # with the same key when it comes again
                continue
            self.answers[status] += 1
            if status >= 500:
                self.wanted.put_nowait((command, case_id))
            elif command == _REPLY and self._resolve_after:
                loop = asyncio.get_running_loop()
                loop.call_later(self._resolve_after, self.wanted.put_nowait, (_RESOLVE, case_id))

    def _request(self, command: str, case_id: str) -> bytes:
        text = f"お問い合わせありがとうございます {case_id}"
        body = json.dumps({"text": text} if command == _REPLY else {}).encode()
        return (
            f"POST /v1/cases/{case_id}/{command} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Idempotency-Key: first-{case_id}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def _exchange(connection: Connection, request: bytes) -> int:
    """The answer's status."""
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length:")
    await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    return int(head[9:12])


async def main(bootstrap: str, partitions: str, port: str, topic: str, resolve_after: str) -> None:
    token = (await asyncio.to_thread(sys.stdin.readline)).strip()
    client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=500)
    await client.start()
    client.assign([TopicPartition(topic, number) for number in range(int(partitions))])
    await client.seek_to_end()
    for partition in client.assignment():
        await client.position(partition)
    door = Door(int(port), token, float(resolve_after))
    print("ready", flush=True)  # noqa: T201
    async with asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(door.work())
        group.create_task(_read(client, door))
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(door.answers), flush=True)  # noqa: T201


async def _read(client: AIOKafkaConsumer, door: Door) -> None:
    while True:
        for records in (await client.getmany(timeout_ms=50)).values():
            for record in records:
                if b"madoguchi.WorkAssigned" in dict(record.headers).get("ce_type", b""):
                    door.wanted.put_nowait((_REPLY, from_json(record.value)["data"]["case_id"]))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
