"""The agents, a process of its own: answers each assignment once, by the case store's door.

Started as `python agents.py BOOTSTRAP PARTITIONS PORT TOPIC`, with a token as the first line of standard input; it reads the topic from
its end. A later line asks for what became of the replies.
"""

import asyncio
import json
import sys
from collections import Counter

import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic_core import from_json

_CONNECTIONS = 100


class Door:
    """Kept-alive connections, each with one request at a time."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self.wanted: asyncio.Queue[str] = asyncio.Queue()
        self.answers: Counter[int] = Counter()

    async def work(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while True:
            case_id = await self.wanted.get()
            writer.write(self._request(case_id))  # with the same key when it comes again
            head = await reader.readuntil(b"\r\n\r\n")
            _, _, rest = head.lower().partition(b"content-length:")
            await reader.readexactly(int(rest.partition(b"\r\n")[0]))
            status = int(head[9:12])
            self.answers[status] += 1
            if status >= 500:
                self.wanted.put_nowait(case_id)

    def _request(self, case_id: str) -> bytes:
        body = json.dumps({"text": f"お問い合わせありがとうございます {case_id}"}).encode()
        return (
            f"POST /v1/cases/{case_id}/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self._token}\r\n"
            f"Idempotency-Key: first-{case_id}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def main(bootstrap: str, partitions: str, port: str, topic: str) -> None:
    token = (await asyncio.to_thread(sys.stdin.readline)).strip()
    client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=500)
    await client.start()
    client.assign([TopicPartition(topic, number) for number in range(int(partitions))])
    await client.seek_to_end()
    for partition in client.assignment():
        await client.position(partition)
    door = Door(int(port), token)
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
                    door.wanted.put_nowait(from_json(record.value)["data"]["case_id"])


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
