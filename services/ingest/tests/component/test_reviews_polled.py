"""Reviews asked for over HTTP from the miniature shops: tokens, pages, changes, faults, a broker that is away."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.envelope import Envelope
from contracts.topics import INBOUND_MESSAGES
from ingest.adapters.memory import MemoryProducer
from ingest.adapters.publisher import KafkaPublisher
from ingest.adapters.review_pages import ReviewPages
from ingest.adapters.secrets import CachedSecrets
from ingest.channels.shops import SHOPS
from ingest.domain.identity import id_of, partition_key
from ingest.domain.webhook import Draft
from ingest.entrypoints import metrics
from ingest.entrypoints.review_loop import ReviewLoop
from ingest.handlers.poll_reviews import Known, ReviewDesk
from ingest.handlers.ports import Outgoing
from runtime.testing.clock import ManualClock
from runtime.testing.serving import serving
from sandbox.app import create_app
from sandbox.settings import SandboxSettings

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


SERVICE_ACCOUNT = json.dumps(
    {
        "client_email": "robot@example.iam.gserviceaccount.com",
        "private_key_id": "k1",
        "private_key": pem(rsa.generate_private_key(65537, 2048)),
    }
)
P8 = pem(ec.generate_private_key(ec.SECP256R1()))
PLAY = ChannelAccount(
    id="play", channel="google_play", external_id="com.example.app", secrets={"service_account": ("env:PLAY",)}
)
APPLE = ChannelAccount(
    id="apple",
    channel="app_store",
    external_id="682658836",
    secrets={"private_key": ("env:P8",)},
    options={"issuer_id": "57246542", "key_id": "2X9R4HXF34"},
)
SECRETS = {"env:PLAY": SERVICE_ACCOUNT, "env:P8": P8}


def play_review(number: int, text: str = "便利です") -> dict[str, Any]:
    said = {
        "text": text,
        "starRating": 4,
        "reviewerLanguage": "ja",
        "lastModified": {"seconds": str(1795228000 + number)},
    }
    return {"reviewId": f"gp:{number}", "authorName": f"人{number}", "comments": [{"userComment": said}]}


def apple_review(number: int) -> dict[str, Any]:
    said = {
        "rating": 3,
        "title": "題",
        "body": "本文",
        "reviewerNickname": "花子",
        "createdDate": "2026-11-20T10:00:00+09:00",
    }
    return {"type": "customerReviews", "id": f"r{number}", "attributes": said}


@dataclass
class House:
    clock: ManualClock
    broker: MemoryProducer
    shops: httpx.AsyncClient
    loop: ReviewLoop

    def told(self) -> list[tuple[str, str]]:
        found = [(one.envelope.type, one.envelope.data.provider_event_id) for one in self.broker.records]
        self.broker.records.clear()
        return found

    async def later(self) -> None:
        self.clock.advance(timedelta(minutes=5))
        await self.loop.look()


@asynccontextmanager
async def house(*accounts: ChannelAccount, secrets: dict[str, str] = SECRETS) -> AsyncIterator[House]:
    clock, broker = ManualClock(NOW), MemoryProducer()
    sandbox = create_app(SandboxSettings(stack="embedded"), clock)
    async with (
        sandbox.router.lifespan_context(sandbox),
        serving(sandbox) as url,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        tenant = TenantConfig(
            tenant="acme",
            revision=1,
            applied_at=NOW,
            default_queue="q",
            queues=(Queue(id="q"),),
            channel_accounts=accounts,
        )
        publisher = KafkaPublisher(broker)

        async def publish(name: str, drafts: list[Draft]) -> None:
            envelopes = [Envelope(id_of(name, one), name, "ingest", clock.now(), one.event) for one in drafts]
            keys = [partition_key(b"k", name, one) for one in drafts]
            await publisher.publish(
                [Outgoing(INBOUND_MESSAGES, *pair) for pair in zip(keys, envelopes, strict=True)], 1
            )

        resolve = CachedSecrets(lambda reference: SecretStr(secrets[reference]))
        urls = {f"{name}{door}": f"{url}/{name}" for name in SHOPS for door in ("", "-token")}
        desk = ReviewDesk(ReviewPages(client, resolve, urls, clock), Known(), publish, clock)
        async with httpx.AsyncClient(base_url=url, trust_env=False) as shops:
            yield House(clock, broker, shops, ReviewLoop(SHOPS, lambda: [tenant], desk))


def outcome(channel: str, code: str) -> float:
    return metrics.POLLS.labels(channel, code)._value.get()


async def test_new_reviews_of_every_page_and_then_only_news() -> None:
    async with house(PLAY) as told:
        await told.shops.put("/google_play/_reviews/com.example.app", json=[play_review(n) for n in range(150)])
        await told.loop.look()
        assert len(told.told()) == 300
        await told.later()
        assert told.told() == []
        await told.shops.put(
            "/google_play/_reviews/com.example.app", json=[play_review(3, "やっぱり駄目"), play_review(900)]
        )
        await told.later()
        (edited, edit_id), new = told.told()
        assert (edited, edit_id.rpartition(":")[0]) == ("MessageEdited", "gp:3")
        assert new == ("MessageReceived", "gp:900")


async def test_the_app_store_is_asked_with_a_token_of_our_own() -> None:
    async with house(APPLE) as told:
        await told.shops.put("/app_store/_reviews/682658836", json=[apple_review(n) for n in range(250)])
        await told.loop.look()
        assert {name for name, _ in told.told()} == {"MessageReceived", "MessageEdited"}
        seen = (await told.shops.get("/_control/requests", params={"provider": "app_store"})).json()["items"]
        assert [one["status"] for one in seen] == [200, 200, 200]


async def test_an_account_waits_for_its_turn_and_a_token_is_asked_for_once() -> None:
    async with house(PLAY) as told:
        for _ in range(5):
            await told.loop.look()
        await told.later()
        seen = (await told.shops.get("/_control/requests", params={"provider": "google_play"})).json()["items"]
        assert [one["path"].rpartition("/")[2] for one in seen] == ["token", "reviews", "reviews"]


async def test_what_fails_for_one_shop_holds_up_no_other_and_is_asked_again() -> None:
    async with house(PLAY, APPLE) as told:
        await told.shops.put("/google_play/_reviews/com.example.app", json=[play_review(1)])
        await told.shops.put("/app_store/_reviews/682658836", json=[apple_review(1)])
        before = outcome("google_play", "shop_refused")
        await told.shops.post("/_control/faults", json={"provider": "google_play", "kind": "status", "status": 503})
        await told.loop.look()
        assert {key for _, key in told.told()} >= {"r1"}
        assert outcome("google_play", "shop_refused") == before + 1
        await told.later()
        assert [name for name, _ in told.told()] == ["MessageReceived", "MessageEdited"]


async def test_what_the_broker_did_not_take_is_told_again() -> None:
    async with house(PLAY) as told:
        await told.shops.put("/google_play/_reviews/com.example.app", json=[play_review(1)])
        told.broker.down = True
        await told.loop.look()
        told.broker.down = False
        assert told.told() == []
        await told.later()
        assert [name for name, _ in told.told()] == ["MessageReceived", "MessageEdited"]


@pytest.mark.parametrize("secret", ["{}", "not json", '{"client_email": "a", "private_key": "no key"}'])
async def test_a_key_that_is_none_is_told_and_ends_nothing(secret: str) -> None:
    async with house(PLAY, secrets={"env:PLAY": secret}) as told:
        before = outcome("google_play", "failure")
        await told.loop.look()
        assert outcome("google_play", "failure") == before + 1
