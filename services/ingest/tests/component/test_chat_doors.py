"""Slack, Teams, Discord, WeChat and X at their doors: what each is answered, and what the broker holds by then."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ingest.channels
from contracts.config import ChannelAccount, Queue, TenantConfig
from ingest.adapters.memory import MemoryProducer
from ingest.wiring import build_for_tests
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

Sample = Callable[[str, str], dict[str, Any]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
APP, WECHAT_APP, AES_KEY = "app-1", "wx2c2769f8efd9abc2", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MICROSOFT = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DISCORD = Ed25519PrivateKey.generate()
KEYS_URL = "https://login.botframework.com/v1/.well-known/keys"
SECRETS = {
    "env:SLACK": "slack-secret",
    "env:DISCORD": DISCORD.public_key().public_bytes_raw().hex(),
    "env:TOKEN": "wechat-token",
    "env:AES": AES_KEY,
    "env:X": "x-secret",
}
ACCOUNTS = (
    ChannelAccount(id="slack", channel="slack", secrets={"signing_secret": ("env:SLACK",)}),
    ChannelAccount(id="teams", channel="teams", external_id=APP),
    ChannelAccount(id="discord", channel="discord", secrets={"public_key": ("env:DISCORD",)}),
    ChannelAccount(
        id="wechat",
        channel="wechat",
        external_id=WECHAT_APP,
        secrets={"token": ("env:TOKEN",), "encoding_aes_key": ("env:AES",)},
    ),
    ChannelAccount(id="x", channel="x", secrets={"consumer_secret": ("env:X",)}),
)
TENANT = TenantConfig(
    tenant="acme",
    revision=1,
    applied_at=NOW,
    default_queue="main",
    queues=(Queue(id="main"),),
    channel_accounts=ACCOUNTS,
)


@pytest.fixture
async def house(broker: MemoryProducer) -> AsyncIterator[httpx.AsyncClient]:
    published = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(MICROSOFT.public_key())) | {"kid": "k1"}
    documents = {KEYS_URL: json.dumps({"keys": [published]}).encode()}
    app = build_for_tests(fixed_config(TENANT), ManualClock(NOW), SECRETS, broker, documents=documents)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
        yield client


def texts(broker: MemoryProducer) -> list[Any]:
    return [record.envelope.data.content.text for record in broker.records]


async def test_slack(house: httpx.AsyncClient, broker: MemoryProducer, sample: Sample) -> None:
    async def post(body: bytes, media: str = "application/json") -> httpx.Response:
        signature = "v0=" + hmac.new(b"slack-secret", f"v0:{STAMP}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"x-slack-request-timestamp": STAMP, "x-slack-signature": signature, "content-type": media}
        return await house.post("/webhooks/slack/slack", content=body, headers=headers)

    challenge = await post(json.dumps(sample("slack", "challenge")).encode())
    assert challenge.text == sample("slack", "challenge")["challenge"]
    assert (await post(json.dumps(sample("slack", "text")).encode())).status_code == 200
    command = b"command=/help&user_id=U1&text=%E8%BF%94%E9%87%91&trigger_id=1.2"
    assert (await post(command, "application/x-www-form-urlencoded")).status_code == 200
    assert texts(broker)[1] == "/help 返金"


async def test_teams(house: httpx.AsyncClient, broker: MemoryProducer, sample: Sample) -> None:
    body = sample("teams", "text")
    claims = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "exp": int(STAMP) + 60,
        "serviceurl": body["serviceUrl"],
    }
    token = jwt.encode(claims, MICROSOFT, "RS256", {"kid": "k1"})
    headers = {"authorization": f"Bearer {token}"}
    assert (await house.post("/webhooks/teams/teams", json=body, headers=headers)).status_code == 200
    assert texts(broker) == ["返金したいです"]
    elsewhere = body | {"serviceUrl": "https://evil.example/"}
    assert (await house.post("/webhooks/teams/teams", json=elsewhere, headers=headers)).status_code == 401


async def test_discord(house: httpx.AsyncClient, broker: MemoryProducer, sample: Sample) -> None:
    async def post(name: str, key: Ed25519PrivateKey = DISCORD) -> httpx.Response:
        body = json.dumps(sample("discord", name)).encode()
        headers = {"x-signature-ed25519": key.sign(STAMP.encode() + body).hex(), "x-signature-timestamp": STAMP}
        headers |= {"content-type": "application/json"}
        return await house.post("/webhooks/discord/discord", content=body, headers=headers)

    assert (await post("ping")).json() == {"type": 1}
    assert (await post("ping", Ed25519PrivateKey.generate())).status_code == 401
    assert (await post("webhook_ping")).status_code == 204
    assert (await post("command")).json()["type"] == 4
    assert texts(broker) == ["/cardsearch find The Gitrog Monster"]


async def test_wechat_sealed_and_plain(house: httpx.AsyncClient, broker: MemoryProducer) -> None:
    from wechatpy.crypto import WeChatCrypto

    plain = (Path(ingest.channels.__file__).parent / "wechat" / "samples" / "text.xml").read_text("utf-8")
    sealed = WeChatCrypto("wechat-token", AES_KEY, WECHAT_APP).encrypt_message(plain, "n", STAMP)
    proof = sealed.partition("<MsgSignature><![CDATA[")[2].partition("]")[0]
    signature = hashlib.sha1("".join(sorted(["wechat-token", STAMP, "n"])).encode()).hexdigest()
    query = {"signature": signature, "timestamp": STAMP, "nonce": "n"}
    xml = {"content-type": "text/xml"}
    hello = await house.get("/webhooks/wechat/wechat", params=query | {"echostr": "echo-1"})
    assert hello.text == "echo-1"
    more = {"msg_signature": proof, "encrypt_type": "aes"}
    for _ in range(2):
        found = await house.post("/webhooks/wechat/wechat", params=query | more, content=sealed.encode(), headers=xml)
        assert (found.status_code, found.text) == (200, "success")
    bare = await house.post("/webhooks/wechat/wechat", params=query, content=plain.encode(), headers=xml)
    assert bare.status_code == 401
    first, second = broker.records
    assert first.envelope.id == second.envelope.id
    assert first.envelope.data.content.text == "返金したいです <b> & 测试"
    other = WeChatCrypto("wechat-token", AES_KEY, "wx0000000000000000").encrypt_message(plain, "n", STAMP)
    proof = other.partition("<MsgSignature><![CDATA[")[2].partition("]")[0]
    strange = await house.post(
        "/webhooks/wechat/wechat", params=query | {"msg_signature": proof}, content=other.encode(), headers=xml
    )
    assert strange.status_code == 401


async def test_the_check_of_x(house: httpx.AsyncClient) -> None:
    answer = await house.get("/webhooks/x/x", params={"crc_token": "challenge"})
    expected = base64.b64encode(hmac.new(b"x-secret", b"challenge", hashlib.sha256).digest()).decode()
    assert answer.json() == {"response_token": f"sha256={expected}"}
    assert (await house.get("/webhooks/x/x")).status_code == 400
