"""Webhooks as the providers sign them, and a house to send them to."""

import base64
import hashlib
import hmac
import json
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import ingest.channels
from contracts.config import ChannelAccount, Queue, TenantConfig
from ingest.adapters.memory import MemoryProducer
from ingest.domain.webhook import Draft, Webhook
from ingest.wiring import build_for_tests
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

sys.path.insert(0, str(Path(__file__).parent))  # the folder is no package

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
LINE_SECRET, LINE_OLD_SECRET = "line-secret-new", "line-secret-old"
APP_SECRET, VERIFY_TOKEN = "meta-app-secret", "meta-verify-token"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"a signing secret of 32 bytes ...").decode()
SECRETS = {
    "env:LINE": LINE_SECRET,
    "env:LINE_OLD": LINE_OLD_SECRET,
    "env:APP": APP_SECRET,
    "env:VERIFY": VERIFY_TOKEN,
    "env:SIGNING": SIGNING_SECRET,
}
META_SECRETS = {"app_secret": ("env:APP",), "verify_token": ("env:VERIFY",)}
ACCOUNTS = (
    ChannelAccount(
        id="line-acme",
        channel="line",
        external_id="U8e742f61d673b39c7fff3cecb7536ef0",
        secrets={"channel_secret": ("env:LINE", "env:LINE_OLD")},
    ),
    ChannelAccount(id="line-off", channel="line", enabled=False, secrets={"channel_secret": ("env:LINE",)}),
    ChannelAccount(id="line-bare", channel="line"),
    ChannelAccount(id="wa-acme", channel="whatsapp", external_id="106540352242922", secrets=META_SECRETS),
    ChannelAccount(id="wa-second", channel="whatsapp", external_id="999000999000999", secrets=META_SECRETS),
    ChannelAccount(
        id="page-acme",
        channel="messenger",
        external_id="682498302938465",
        secrets=META_SECRETS,
        options={"app_id": "900"},
    ),
    ChannelAccount(id="page-second", channel="messenger", external_id="900900900", secrets=META_SECRETS),
    ChannelAccount(id="ig-acme", channel="instagram", external_id="17841405822304914", secrets=META_SECRETS),
    ChannelAccount(id="tg-acme", channel="telegram", secrets={"secret_token": ("env:APP",)}),
    ChannelAccount(id="viber-acme", channel="viber", secrets={"auth_token": ("env:APP",)}),
    ChannelAccount(id="hooks", channel="webhook", secrets={"signing_secret": ("env:SIGNING",)}),
)
TENANT = TenantConfig(
    tenant="acme",
    revision=1,
    applied_at=NOW,
    default_queue="main",
    queues=(Queue(id="main"),),
    channel_accounts=ACCOUNTS,
)


def _account(account_id: str) -> ChannelAccount:
    return next(account for account in ACCOUNTS if account.id == account_id)


@pytest.fixture
def sample() -> Callable[[str, str], dict[str, Any]]:
    """A provider's documented payload by channel and name."""
    root = Path(ingest.channels.__file__).parent

    def read(channel: str, name: str) -> dict[str, Any]:
        return json.loads((root / channel / "samples" / f"{name}.json").read_text("utf-8"))

    return read


@pytest.fixture
def webhook() -> Callable[..., Webhook]:
    """A verified webhook, ready to be parsed."""

    def make(account_id: str, body: bytes | dict[str, Any] | list[Any], **headers: str) -> Webhook:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Webhook("acme", _account(account_id), named, raw, NOW)

    return make


@pytest.fixture
def parsed(webhook: Callable[..., Webhook]) -> Callable[..., tuple[Draft, ...]]:
    """The drafts of a webhook to an account, the tenant's other endpoints known."""

    def parse(account_id: str, body: Any, **headers: str) -> tuple[Draft, ...]:
        made = webhook(account_id, body, **headers)
        numbers = {each.external_id: each.id for each in ACCOUNTS if each.channel == made.account.channel}
        return ingest.channels.CHANNELS[made.account.channel].parse(made, numbers.get)

    return parse


def _hmac(secret: bytes, content: bytes) -> bytes:
    return hmac.new(secret, content, hashlib.sha256).digest()


@pytest.fixture
def line_headers() -> Callable[..., dict[str, str]]:
    def sign(body: bytes, secret: str = LINE_SECRET) -> dict[str, str]:
        signature = base64.b64encode(_hmac(secret.encode(), body)).decode()
        return {"x-line-signature": signature, "content-type": "application/json; charset=utf-8"}

    return sign


@pytest.fixture
def whatsapp_headers() -> Callable[..., dict[str, str]]:
    def sign(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
        signature = "sha256=" + _hmac(secret.encode(), body).hex()
        return {"x-hub-signature-256": signature, "content-type": "application/json"}

    return sign


@pytest.fixture
def webhook_headers() -> Callable[..., dict[str, str]]:
    def sign(
        body: bytes, webhook_id: str = "evt_1", at: datetime = NOW, secret: str = SIGNING_SECRET
    ) -> dict[str, str]:
        timestamp = str(int(at.timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signature = base64.b64encode(_hmac(key, f"{webhook_id}.{timestamp}.".encode() + body)).decode()
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{signature}",
            "content-type": "application/json",
        }

    return sign


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def line_body() -> Callable[[str], bytes]:
    """A text of one user, as LINE sends it."""

    def write(text: str) -> bytes:
        event = {
            "type": "message",
            "mode": "active",
            "timestamp": 1692251666727,
            "source": {"type": "user", "userId": "U4af4980629e5b5ff3bb0ed8c2f5cbb12"},
            "webhookEventId": "01H810YECXQQZ37VAXPF6H9E6T",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": "38ef843bde154d9b91c21320ffd17a0f",
            "message": {"id": "468789577898262530", "type": "text", "quoteToken": "q", "text": text},
        }
        return json.dumps({"destination": "U8e742f61d673b39c7fff3cecb7536ef0", "events": [event]}).encode()

    return write


@pytest.fixture
def tenant() -> TenantConfig:
    return TENANT


@pytest.fixture
def broker() -> MemoryProducer:
    return MemoryProducer()


@pytest.fixture
async def client(clock: ManualClock, broker: MemoryProducer) -> AsyncIterator[httpx.AsyncClient]:
    app = build_for_tests(fixed_config(TENANT), clock, SECRETS, broker, max_events_in_flight=10)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest") as client:
        yield client
