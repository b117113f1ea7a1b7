"""The raw limit of the pipeline: the same hops with nothing decided, checked, fenced or told twice.

`python bare_pipeline.py ROLE BOOTSTRAP PORT DSN PROVIDER`; each role is a process: `history` keeps messages in one table and takes
replies, `router` passes on the first message of each customer as assigned, `notifier` posts replies to the provider.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

INBOUND, FILED, ASSIGNED, OUTBOUND, RESULTS = (
    "bare.inbound",
    "bare.filed",
    "bare.assigned",
    "bare.outbound",
    "bare.results",
)
TOPICS = (INBOUND, FILED, ASSIGNED, OUTBOUND, RESULTS)
TABLE = "CREATE TABLE bare_message (id bigserial PRIMARY KEY, customer text NOT NULL, content jsonb NOT NULL)"
_INSERT = "INSERT INTO bare_message (customer, content) SELECT * FROM unnest($1::text[], $2::text[]::jsonb[])"
_SENDERS = 16
_KEEP_ALIVE_SECONDS = 75  # as the house's own door; the agents keep their connections from round to round
Record = tuple[bytes, bytes, str]


class Hop:
    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024
        )

    async def send(self, topic: str, records: Sequence[Record]) -> None:
        acks = [
            await self.producer.send(topic, value, key, headers=[("ce_type", kind.encode())])
            for key, value, kind in records
        ]
        for ack in acks:
            await ack

    async def batches(self, topic: str) -> AsyncIterator[list[bytes]]:
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self.bootstrap,
            group_id=f"{topic}.group",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=200, max_records=500)).values():
                    yield [record.value for record in records]
                await consumer.commit()
        finally:
            await consumer.stop()


async def history(hop: Hop, pool: asyncpg.Pool) -> None:
    async for bodies in hop.batches(INBOUND):
        events = [event for body in bodies for event in json.loads(body)["events"]]
        customers = [event["source"]["userId"] for event in events]
        told = [json.dumps(event["message"]) for event in events]
        await pool.execute(_INSERT, customers, told)
        filed = [
            (customer.encode(), json.dumps(event).encode(), "filed")
            for customer, event in zip(customers, events, strict=True)
        ]
        await hop.send(FILED, filed)


async def router(hop: Hop) -> None:
    seen: set[str] = set()
    async for bodies in hop.batches(FILED):
        customers = {json.loads(body)["source"]["userId"] for body in bodies}
        new = customers - seen
        seen |= new
        assigned = [(c.encode(), json.dumps({"data": {"case_id": c}}).encode(), "madoguchi.WorkAssigned") for c in new]
        await hop.send(ASSIGNED, assigned)


async def notifier(hop: Hop, provider: str) -> None:
    wanted: asyncio.Queue[bytes] = asyncio.Queue(1_000)
    async with asyncio.TaskGroup() as group:
        for _ in range(_SENDERS):
            group.create_task(_post(hop, provider, wanted))
        async for bodies in hop.batches(OUTBOUND):
            for body in bodies:
                await wanted.put(body)


async def _post(hop: Hop, provider: str, wanted: asyncio.Queue[bytes]) -> None:
    host, _, port = provider.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    while True:
        reply = json.loads(await wanted.get())
        body = json.dumps({"to": reply["customer"], "messages": [{"type": "text", "text": reply["text"]}]}).encode()
        head = f"POST /line/v2/bot/message/push HTTP/1.1\r\nHost: {provider}\r\nAuthorization: Bearer bare\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        await hop.send(RESULTS, [(reply["customer"].encode(), body, "sent")])


def door(hop: Hop, pool: asyncpg.Pool | None) -> Starlette:
    async def reply(request: Request) -> Response:
        body, customer = await request.json(), request.path_params["customer"]
        told = json.dumps({"customer": customer, "text": body["text"]})
        assert pool is not None
        await pool.execute(_INSERT, [customer], [told])
        await hop.send(OUTBOUND, [(customer.encode(), told.encode(), "reply")])
        return Response(b"{}", 201, media_type="application/json")

    async def ready(request: Request) -> Response:
        return Response()

    return Starlette(routes=[Route("/v1/cases/{customer}/messages", reply, methods=["POST"]), Route("/readyz", ready)])


@asynccontextmanager
async def _pool(role: str, dsn: str) -> AsyncIterator[asyncpg.Pool | None]:
    if role != "history":
        yield None
        return
    async with asyncpg.create_pool(dsn, min_size=2, max_size=10) as pool:
        yield pool


async def main(role: str, bootstrap: str, port: str, dsn: str, provider: str) -> None:
    hop = Hop(bootstrap)
    await hop.producer.start()
    async with _pool(role, dsn) as pool:
        app, keep = door(hop, pool), _KEEP_ALIVE_SECONDS
        server = uvicorn.Server(
            uvicorn.Config(app, port=int(port), access_log=False, log_level="warning", timeout_keep_alive=keep)
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve())
            if role == "history":
                assert pool is not None
                group.create_task(history(hop, pool))
            elif role == "router":
                group.create_task(router(hop))
            else:
                group.create_task(notifier(hop, provider))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(*sys.argv[1:]))
