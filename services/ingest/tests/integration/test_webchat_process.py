"""`python -m ingest` with the real broker: a browser's words are on the topic when acknowledged, and the feed reaches its socket."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import websockets
from aiokafka import TopicPartition

from contracts.base import Contract
from contracts.chat import ChatLine, VisitorTold
from contracts.config import ChannelAccount, TenantConfig
from contracts.envelope import Envelope, decode
from contracts.inbound import ChatResumed, MessageReceived
from contracts.topics import CHAT_FEED, CONFIG, INBOUND_MESSAGES, INBOUND_RECEIPTS, Topic
from contracts.values import Author, AuthorKind, Content, ContentKind
from runtime import kafka
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration
ORIGIN = "https://shop.example"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(settings: KafkaSettings, tmp_path: Path) -> AsyncIterator[str]:
    port, internal = free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "MADOGUCHI_KAFKA__BOOTSTRAP": settings.bootstrap,
        "MADOGUCHI_KAFKA__IDEMPOTENT": str(settings.idempotent).lower(),
        "MADOGUCHI_PORT": str(port),
        "MADOGUCHI_INTERNAL_PORT": str(internal),
        "MADOGUCHI_PARTITION_KEY_SECRET": "a partition key secret of a test",
        "MADOGUCHI_FILES_URL": f"file://{tmp_path}/files",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ingest", env=environment)
    try:
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                assert process.returncode is None
                try:
                    if (await client.get(f"http://127.0.0.1:{internal}/readyz")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
        yield f"127.0.0.1:{port}"
        process.terminate()
        async with asyncio.timeout(25):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def written(settings: KafkaSettings, topic: Topic, tenant: str) -> list[Contract]:
    reader = kafka.reader_client(settings)
    await reader.start()
    try:
        partitions = [TopicPartition(topic.name, number) for number in range(settings.partitions)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        found: list[Envelope] = []
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += [decode(record.value) for record in records]
        return [envelope.data for envelope in found if envelope.tenant == tenant]
    finally:
        await reader.stop()


async def tell(producer: EventProducer, tenant: str, account: str, visitor: str, position: int) -> None:
    """As the notifier does."""
    line = ChatLine(
        position=position,
        message_id=uuid4(),
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=Content(kind=ContentKind.TEXT, text=f"reply {position}"),
        at="2026-11-21T02:30:00Z",  # type: ignore[arg-type]  # pydantic reads the text
    )
    told = VisitorTold(
        account=account, visitor=visitor, after=position - 1, through=position, last=position, lines=(line,)
    )
    envelope = Envelope(uuid4(), tenant, "notifier", line.at, told)
    await producer.publish([Record(CHAT_FEED, visitor.encode(), envelope)], timeout=10)


async def test_words_in_and_replies_out_over_the_broker(
    kafka_settings: KafkaSettings, tenant: TenantConfig, tmp_path: Path
) -> None:
    name, secret = f"t{uuid4().hex[:12]}", tmp_path / "session_secret"
    secret.write_text("a session secret of a test\n")
    account = ChannelAccount(
        id=f"chat-{name}",
        channel="webchat",
        secrets={"session_secret": (f"file:{secret}",)},
        options={"origins": ORIGIN},
    )
    config = tenant.model_copy(update={"tenant": name, "channel_accounts": (account,)})
    await kafka.ensure_topics(kafka_settings)
    async with open_producer(kafka_settings) as producer:
        envelope = Envelope(uuid4(), name, "cli", config.applied_at, config)
        await producer.publish([Record(CONFIG, name.encode(), envelope)], timeout=10)
        async with running(kafka_settings, tmp_path) as place:
            async with httpx.AsyncClient(base_url=f"http://{place}", headers={"origin": ORIGIN}) as http:
                session = (await http.post(f"/webchat/{account.id}/sessions", json={})).json()
            url, id = f"ws://{place}/webchat/{account.id}/socket", str(uuid4())
            async with websockets.connect(url, origin=ORIGIN) as page, asyncio.timeout(20):  # type: ignore[arg-type]
                await page.send(json.dumps({"type": "hello", "token": session["token"]}))
                await page.send(json.dumps({"type": "message", "id": id, "text": "もしもし"}))
                assert [json.loads(await page.recv())["type"] for _ in range(2)] == ["ready", "ack"]
                await tell(producer, name, account.id, session["visitor"], 1)
                shown = json.loads(await page.recv())
                assert (shown["type"], shown["position"], shown["text"]) == ("message", 1, "reply 1")
    (said,) = [one for one in await written(kafka_settings, INBOUND_MESSAGES, name) if isinstance(one, MessageReceived)]
    assert (said.content.text, said.conversation) == ("もしもし", session["visitor"])
    resumed = [one for one in await written(kafka_settings, INBOUND_RECEIPTS, name) if isinstance(one, ChatResumed)]
    assert resumed[0].after == 0
