"""The doors of mail over HTTP: who gets in, what is answered, where files go."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sns_house import CERTIFICATE, MAIL, SUBSCRIBE, TOPIC, certificate, post, sns

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.inbound import MessageReceived
from ingest.adapters.memory import MemoryFiles, MemoryProducer
from ingest.wiring import build_for_tests
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


SECRETS = {"env:TOPIC": f"arn:other, {TOPIC}", "env:KEY": PUBLIC, "env:PASSWORD": "hook:pässword"}
ACCOUNTS = (
    ChannelAccount(id="ses", channel="ses", secrets={"topic_arn": ("env:TOPIC",)}),
    ChannelAccount(id="sg", channel="sendgrid", secrets={"public_key": ("env:KEY", "env:PASSWORD")}),
    ChannelAccount(id="pm", channel="postmark", secrets={"webhook_password": ("env:PASSWORD",)}),
    ChannelAccount(id="posted", channel="email", secrets={"door_password": ("env:PASSWORD",)}),
)
TENANT = TenantConfig(
    tenant="acme", revision=1, applied_at=NOW, default_queue="q", queues=(Queue(id="q"),), channel_accounts=ACCOUNTS
)


class Fetched(dict[str, bytes]):
    """Remembers what was asked for."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: list[str] = []

    def __getitem__(self, url: str) -> bytes:
        self.asked.append(url)
        return super().__getitem__(url)


@pytest.fixture
def internet() -> Fetched:
    return Fetched({CERTIFICATE: certificate(), SUBSCRIBE: b"<ConfirmSubscriptionResponse/>"})


@pytest.fixture
def files() -> MemoryFiles:
    return MemoryFiles()


@pytest.fixture
def mail_broker() -> MemoryProducer:
    return MemoryProducer()


@pytest.fixture
async def door(internet: Fetched, files: MemoryFiles, mail_broker: MemoryProducer) -> AsyncIterator[httpx.AsyncClient]:
    app = build_for_tests(fixed_config(TENANT), ManualClock(NOW), SECRETS, mail_broker, files=files, documents=internet)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
        yield client


@pytest.mark.parametrize("version", ["1", "2"])
async def test_ses_mail_and_its_file_are_kept_before_the_answer(
    door: httpx.AsyncClient, files: MemoryFiles, mail_broker: MemoryProducer, version: str
) -> None:
    assert await post(door, sns(version, Subject="Amazon SES")) == 200
    (record,) = mail_broker.records
    event = record.envelope.data
    assert isinstance(event, MessageReceived)
    assert files.kept == {event.content.attachments[0].object_key: b"file"}


@pytest.mark.parametrize(
    "changes",
    [
        {"TopicArn": "arn:aws:sns:ap-northeast-1:123456789012:somebody-elses"},
        {"SigningCertURL": "https://sns.ap-northeast-1.amazonaws.com.evil.example/a.pem"},
        {"SigningCertURL": "https://evil.example/sns.ap-northeast-1.amazonaws.com/a.pem"},
        {"SigningCertURL": CERTIFICATE.replace("https", "http")},
        {"SigningCertURL": "https://user@sns.ap-northeast-1.amazonaws.com/a.pem"},
        {"SignatureVersion": "3"},
    ],
)
async def test_ses_of_somebody_else_is_refused_and_nothing_of_theirs_is_fetched(
    door: httpx.AsyncClient, internet: Fetched, changes: dict[str, str]
) -> None:
    assert await post(door, sns(**changes)) == 401
    assert set(internet.asked) <= {CERTIFICATE}


async def test_a_changed_message_is_refused(door: httpx.AsyncClient) -> None:
    assert await post(door, sns() | {"Message": "{}"}) == 401


async def test_a_subscription_of_our_topic_is_confirmed_and_no_other(
    door: httpx.AsyncClient, internet: Fetched, mail_broker: MemoryProducer
) -> None:
    assert await post(door, sns(kind="SubscriptionConfirmation")) == 200
    assert SUBSCRIBE in internet.asked
    internet.asked.clear()
    for change in (
        {"TopicArn": "arn:theirs"},
        {"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"},
        {"SubscribeURL": SUBSCRIBE.replace("Confirm", "Un")},
    ):
        await post(door, sns(kind="SubscriptionConfirmation", **change))
    assert set(internet.asked) <= {CERTIFICATE}
    assert mail_broker.records == []


def sendgrid_headers(body: bytes, timestamp: str = "1795228200") -> dict[str, str]:
    signature = EC_KEY.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        "content-type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


async def test_sendgrid_by_signature_or_password(door: httpx.AsyncClient) -> None:
    body = b'[{"event":"delivered","sg_message_id":"a.b","sg_event_id":"e","email":"a@b.example","timestamp":1}]\r\n'
    signed = sendgrid_headers(body)
    assert (await door.post("/webhooks/sendgrid/sg", content=body, headers=signed)).status_code == 200
    assert (await door.post("/webhooks/sendgrid/sg", content=body + b" ", headers=signed)).status_code == 401
    plain = {"content-type": "application/json"}
    assert (
        await door.post("/webhooks/sendgrid/sg", content=body, headers=plain, auth=("hook", "pässword"))
    ).status_code == 200
    assert (
        await door.post("/webhooks/sendgrid/sg", content=body, headers=plain, auth=("hook", PUBLIC))
    ).status_code == 401


def test_sendgrids_own_sdk_agrees() -> None:
    from sendgrid.helpers.eventwebhook import EventWebhook

    body = '[{"event":"open"}]'
    headers = sendgrid_headers(body.encode())
    sdk = EventWebhook(PUBLIC)
    given = headers["X-Twilio-Email-Event-Webhook-Signature"], headers["X-Twilio-Email-Event-Webhook-Timestamp"]
    assert sdk.verify_signature(body, *given)
    assert not sdk.verify_signature(body + " ", *given)


@pytest.mark.parametrize("auth", [None, ("hook", "wrong"), ("other", "pässword"), ("", "")])
async def test_postmark_and_posted_mail_need_the_password(
    door: httpx.AsyncClient, mail_broker: MemoryProducer, auth: tuple[str, str] | None
) -> None:
    assert (await door.post("/webhooks/postmark/pm", json={"RecordType": "Delivery"}, auth=auth)).status_code == 401
    assert (
        await door.post("/webhooks/email/posted", content=MAIL, headers={"content-type": "message/rfc822"}, auth=auth)
    ).status_code == 401
    assert mail_broker.records == []


async def test_posted_mail(door: httpx.AsyncClient, mail_broker: MemoryProducer) -> None:
    headers = {"content-type": "message/rfc822"}
    assert (
        await door.post("/webhooks/email/posted", content=MAIL, headers=headers, auth=("hook", "pässword"))
    ).status_code == 200
    assert len(mail_broker.records) == 1


async def test_a_store_that_takes_no_file_keeps_the_mail_with_its_sender(
    door: httpx.AsyncClient, files: MemoryFiles, mail_broker: MemoryProducer
) -> None:
    files.down = True
    assert await post(door, sns()) == 503
    assert mail_broker.records == []
