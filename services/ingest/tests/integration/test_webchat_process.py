"""`python -m ingest` with the real broker: a browser's words are on the topic when acknowledged, and the feed reaches its socket."""

import asyncio
import json
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import websockets
from real_ingest import apply_config, free_port, running, written

from contracts.chat import ChatLine, VisitorTold
from contracts.config import ChannelAccount, TenantConfig
from contracts.envelope import Envelope
from contracts.inbound import ChatResumed, MessageReceived
from contracts.topics import CHAT_FEED, INBOUND_RECEIPTS
from contracts.values import Author, AuthorKind, Content, ContentKind
from runtime.producer import EventProducer, Record, open_producer
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration
ORIGIN = "https://shop.example"


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
    await apply_config(kafka_settings, config)
    port, more = free_port(), {"FILES_URL": f"file://{tmp_path}/files"}
    async with (
        open_producer(kafka_settings) as producer,
        running(kafka_settings, port=port, internal=free_port(), more=more) as process,
    ):
        place = f"127.0.0.1:{port}"
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
        process.terminate()
        async with asyncio.timeout(25):
            assert await process.wait() == 0
    told = [one.data for one in await written(kafka_settings, name)]
    (said,) = [one for one in told if isinstance(one, MessageReceived)]
    assert (said.content.text, said.conversation) == ("もしもし", session["visitor"])
    receipts = [one.data for one in await written(kafka_settings, name, INBOUND_RECEIPTS)]
    resumed = [one for one in receipts if isinstance(one, ChatResumed)]
    assert resumed[0].after == 0
