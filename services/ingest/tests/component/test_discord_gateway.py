"""Discord's gateway: dispatches become events in their order, and wait while the broker is away."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from contracts.config import ChannelAccount, Queue, TenantConfig
from ingest.adapters.memory import MemoryDocuments, MemoryFiles, MemoryHttp, MemoryProducer
from ingest.adapters.publisher import KafkaPublisher
from ingest.adapters.secrets import CachedSecrets
from ingest.channels import CHANNELS
from ingest.entrypoints.gateway_worker import Accept, GatewayWorker
from ingest.handlers.admission import Admission
from ingest.handlers.ports import Outgoing
from ingest.handlers.reception import Reception
from ingest.wiring import gateway_workers
from runtime.errors import DependencyDown
from runtime.once import LocalOnce
from runtime.settings import ProviderSettings
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
DISCORD = ChannelAccount(id="discord-acme", channel="discord", secrets={"bot_token": ("env:BOT",)})
TENANT = TenantConfig(
    tenant="acme",
    revision=1,
    applied_at=NOW,
    default_queue="main",
    queues=(Queue(id="main"),),
    channel_accounts=(
        DISCORD,
        DISCORD.model_copy(update={"id": "no-token", "secrets": {}}),
        DISCORD.model_copy(update={"id": "off", "enabled": False}),
    ),
)
Sample = Callable[[str, str], dict[str, Any]]


class AwayAtFirst:
    """A broker that comes back at the third attempt."""

    def __init__(self, behind: KafkaPublisher) -> None:
        self.attempts = 0
        self._behind = behind

    async def publish(self, events: list[Outgoing], timeout: float) -> None:
        self.attempts += 1
        if self.attempts < 3:
            raise DependencyDown("the broker is away")
        await self._behind.publish(events, timeout)


def a_house(broker: MemoryProducer) -> tuple[Reception, AwayAtFirst]:
    publisher = AwayAtFirst(KafkaPublisher(broker))
    reception = Reception(
        channels=CHANNELS,
        accounts=fixed_config(TENANT),
        secrets=CachedSecrets(lambda reference: SecretStr("bot-token")),
        publisher=publisher,
        clock=ManualClock(NOW),
        admission=Admission(10),
        documents=MemoryDocuments({}),
        http=MemoryHttp({}),
        files=MemoryFiles(),
        once=LocalOnce(),
        public_url="https://hooks.example.com",
        partition_secret=b"the partition key secret of tests",
        deadline=2.0,
    )
    return reception, publisher


async def test_dispatches_wait_for_the_broker_and_keep_their_order(sample: Sample) -> None:
    broker = MemoryProducer()
    reception, publisher = a_house(broker)
    waited: list[float] = []

    async def listen(accept: Accept) -> None:
        for name in ("text", "edited", "deleted"):
            await accept(json.dumps(sample("discord", name)).encode())
        await accept(b"not json at all")

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    await GatewayWorker("discord-acme", listen, reception, wait).run()
    types = [record.envelope.type for record in broker.records]
    assert types == ["MessageReceived", "MessageEdited", "MessageUnsent", "UnrecognisedReceived"]
    assert (len(waited), publisher.attempts) == (2, 6)


async def test_an_account_that_is_gone_holds_nobody_up(sample: Sample) -> None:
    broker = MemoryProducer()
    reception, _ = a_house(broker)

    async def listen(accept: Accept) -> None:
        await accept(json.dumps(sample("discord", "text")).encode())

    await GatewayWorker("off", listen, reception).run()
    assert broker.records == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # discord.py imports modules that Python is about to drop
async def test_what_discord_py_receives_reaches_the_queue_as_it_came(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingest.adapters.discord_gateway import RawDispatches

    queue: asyncio.Queue[bytes] = asyncio.Queue()
    client = RawDispatches(queue)
    raw = json.dumps(sample("discord", "text"), ensure_ascii=False)
    await client.on_socket_raw_receive('{"op":10,"d":{"heartbeat_interval":41250}}')
    await client.on_socket_raw_receive('{"op":0,"t":"TYPING_START","s":2,"d":{}}')
    await client.on_socket_raw_receive(raw)
    assert queue.qsize() == 1
    assert queue.get_nowait() == raw.encode()
    assert client.intents.message_content
    monkeypatch.setattr("ingest.adapters.discord_gateway.MAX_WAITING", 2)
    for _ in range(3):
        await client.on_socket_raw_receive(raw)
    assert (queue.qsize(), client.is_closed()) == (3, True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_a_connection_that_is_refused_is_tried_again_ever_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    from ingest.adapters import discord_gateway

    waited: list[float] = []
    tried: list[str] = []

    async def refuse(client: object, token: str) -> str:
        tried.append(token)
        return "LoginFailure"

    async def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 8:
            raise asyncio.CancelledError

    async def accept(raw: bytes) -> None:
        pytest.fail("nothing was said")

    monkeypatch.setattr(discord_gateway, "_connected", refuse)
    with pytest.raises(asyncio.CancelledError):
        await discord_gateway.listen("discord-acme", "a.b", accept, wait)
    assert waited == [5, 10, 20, 40, 80, 160, 300, 300]
    assert len(tried) == 8


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_account_with_a_token_has_a_worker() -> None:
    reception, _ = a_house(MemoryProducer())
    assert [worker.account for worker in gateway_workers([TENANT], reception, ProviderSettings())] == ["discord-acme"]
