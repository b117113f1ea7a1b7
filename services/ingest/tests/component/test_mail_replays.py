"""A signature that doesn't cover the body opens the door to one body only."""

import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from contracts.config import ChannelAccount, Queue, TenantConfig
from ingest.adapters.memory import MemoryProducer
from ingest.channels import CHANNELS
from ingest.domain.webhook import Webhook
from ingest.wiring import build_for_tests
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
KEY = {"signing_key": ("env:MAILGUN",)}
ACCOUNTS = (
    ChannelAccount(id="mg", channel="mailgun", secrets=KEY),
    ChannelAccount(id="mg-strict", channel="mailgun", secrets=KEY, options={"max_age_hours": "8"}),
)
TENANT = TenantConfig(
    tenant="acme", revision=1, applied_at=NOW, default_queue="q", queues=(Queue(id="q"),), channel_accounts=ACCOUNTS
)


@pytest.fixture
def mail_broker() -> MemoryProducer:
    return MemoryProducer()


@pytest.fixture
async def door(mail_broker: MemoryProducer) -> AsyncIterator[httpx.AsyncClient]:
    app = build_for_tests(fixed_config(TENANT), ManualClock(NOW), {"env:MAILGUN": "key-1"}, mail_broker)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
        yield client


def signed(token: str = "t" * 50, at: datetime = NOW, name: str = "signature", key: str = "key-1") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {
        "timestamp": timestamp,
        "token": token,
        name: hmac.new(key.encode(), (timestamp + token).encode(), "sha256").hexdigest(),
    }


MAIL = {"sender": "jo@example.com", "recipient": "support@acme.example", "body-plain": "hello", "Message-Id": "<1@x>"}


async def post(door: httpx.AsyncClient, fields: dict[str, str], account: str = "mg") -> int:
    return (await door.post(f"/webhooks/mailgun/{account}", data=fields)).status_code


async def test_a_token_is_good_for_one_mail_and_its_retries(
    door: httpx.AsyncClient, mail_broker: MemoryProducer
) -> None:
    assert await post(door, MAIL | signed()) == 200
    assert await post(door, MAIL | signed()) == 200
    forged = MAIL | {"body-plain": "send the goods elsewhere"}
    answer = await door.post("/webhooks/mailgun/mg", data=forged | signed())
    assert (answer.status_code, answer.json()["code"]) == (406, "token_used")
    assert await post(door, forged | signed("u" * 50)) == 200
    first, again, other = (record.envelope for record in mail_broker.records)
    assert first.id == again.id != other.id


async def test_with_a_limit_of_age_an_older_signature_is_refused(door: httpx.AsyncClient) -> None:
    old = signed(at=NOW - timedelta(hours=9))
    assert await post(door, MAIL | old, "mg-strict") == 401
    assert await post(door, MAIL | signed(at=NOW - timedelta(hours=7)), "mg-strict") == 200
    assert await post(door, MAIL | old) == 200


def mailgun(fields: dict[str, object]) -> Webhook:
    body = {"signature": fields, "event-data": {}}
    return Webhook("acme", ACCOUNTS[0], {"content-type": "application/json"}, json.dumps(body).encode(), NOW)


def test_the_parent_account_signs_for_its_subaccounts() -> None:
    verify = CHANNELS["mailgun"].verify
    both = {**signed(key="of the subaccount"), **signed(name="parent-signature")}
    assert verify(mailgun(dict(both)), ["key-1"])
    assert verify(mailgun({**both, "timestamp": int(both["timestamp"])}), ["key-1"])
    assert not verify(mailgun(dict(both)), ["another"])
    assert not verify(mailgun({**both, "parent-signature": ""}), ["key-1"])


def test_wechats_nonce_covers_one_plain_body_only() -> None:
    once = CHANNELS["wechat"].once
    assert once is not None
    account = ChannelAccount(id="wx", channel="wechat")
    plain = Webhook("acme", account, {}, b"<xml/>", NOW, query={"signature": "s", "nonce": "n"})
    assert once(plain) == "s"
    sealed = Webhook("acme", account, {}, b"<xml/>", NOW, query={"signature": "s", "msg_signature": "m"})
    assert once(sealed) == ""
