"""`python -m ingest discord-gateway` as a process, against a miniature gateway and the real broker."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from miniature_gateway import HEARTBEAT, IDENTIFY, RESUME, SESSION, Gateway, gateway
from real_ingest import apply_config, free_port, running, written

from contracts.config import ChannelAccount, TenantConfig
from contracts.inbound import MessageReceived
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration
TOKEN = "a.bot.token"


def said(number: int, words: str) -> dict[str, Any]:
    author = {"id": "77", "username": "hanako", "discriminator": "0", "avatar": None, "global_name": "花子"}
    message = {"id": str(334385199974967040 + number), "channel_id": "290926798999357250", "author": author, "type": 0}
    lists = {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds")}
    flags = {"tts": False, "mention_everyone": False, "pinned": False, "edited_timestamp": None}
    return message | lists | flags | {"content": words, "timestamp": "2026-11-21T02:30:00.299000+00:00"}


@pytest.fixture
async def there() -> AsyncIterator[Gateway]:
    async with gateway(TOKEN) as miniature:
        yield miniature


@pytest.fixture
async def process(
    there: Gateway, kafka_settings: KafkaSettings, tenant: TenantConfig, tmp_path: Path
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    name, token, wrong = f"t{uuid4().hex[:12]}", tmp_path / "token", tmp_path / "wrong"
    token.write_text(TOKEN)
    wrong.write_text("no.such.token")
    accounts = tuple(
        ChannelAccount(id=f"{which}-{name}", channel="discord", secrets={"bot_token": (f"file:{place}",)})
        for which, place in (("bad", wrong), ("good", token))
    )
    await apply_config(kafka_settings, tenant.model_copy(update={"tenant": name, "channel_accounts": accounts}))
    urls = {
        "PROVIDERS__URLS__DISCORD": there.api,
        "PROVIDERS__URLS__DISCORD-GATEWAY": f"http://127.0.0.1:{there.port}",
    }
    ports = {"port": free_port(), "internal": free_port()}
    async with running(kafka_settings, "discord-gateway", **ports, more=urls) as child:
        yield name, child


async def heard_of(settings: KafkaSettings, tenant: str, count: int) -> list[Any]:
    async with asyncio.timeout(30):
        while len(found := await written(settings, tenant)) < count:
            pass
    return [envelope.data for envelope in found]


async def test_what_is_said_is_on_the_broker_across_a_lost_connection(
    process: tuple[str, asyncio.subprocess.Process], there: Gateway, kafka_settings: KafkaSettings
) -> None:
    """Another account's wrong token takes nothing from this one."""
    name, child = process
    await there.until(IDENTIFY)
    await there.until(HEARTBEAT, 3)
    await there.dispatch("MESSAGE_CREATE", said(1, "返金したいです"))
    await there.dispatch("TYPING_START", {"channel_id": "290926798999357250", "user_id": "77", "timestamp": 1})
    await heard_of(kafka_settings, name, 1)
    await there.hang_up(4000)
    await there.dispatch("MESSAGE_CREATE", said(2, "聞こえますか?"))
    await there.until(RESUME)
    await there.dispatch("MESSAGE_CREATE", said(3, "もしもし"))
    events = await heard_of(kafka_settings, name, 3)
    assert all(isinstance(event, MessageReceived) for event in events)
    assert [event.content.text for event in events] == ["返金したいです", "聞こえますか?", "もしもし"]
    assert {(event.account, event.contact.display_name) for event in events} == {(f"good-{name}", "花子")}
    identify = next(one["d"] for one in there.heard if one["op"] == IDENTIFY)
    resume = next(one["d"] for one in there.heard if one["op"] == RESUME)
    assert (identify["token"], identify["intents"] & (1 << 15 | 1 << 12 | 1 << 9)) == (
        TOKEN,
        1 << 15 | 1 << 12 | 1 << 9,
    )
    assert (resume["session_id"], resume["seq"]) == (SESSION, 3)
    child.send_signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        assert await child.wait() == 0
