"""A mail that SES put into S3: fetched while SNS waits; asked for again where S3 is away, filed by its headers where it is gone."""

import json
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from sns_house import CERTIFICATE, NOW, TOPIC, certificate, post, sns

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.inbound import MessageReceived
from ingest.adapters.memory import MemoryHttp, MemoryProducer
from ingest.handlers.ports import MediaRequest
from ingest.wiring import build_for_tests
from runtime.aws_signature import Credentials, authorization
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

SECRETS = {"env:TOPIC": TOPIC}
KEYS = {"env:ID": "AKID", "env:SECRET": "sEcReT"}
PLACE = "https://s3.ap-northeast-1.amazonaws.com/mail-in/in/box%20%2B/m1"
SOURCE = b"From: jo@example.com\r\nMessage-ID: <m@x>\r\nSubject: whole\r\n\r\nthe body"


class Bucket(MemoryHttp):
    def __init__(self, held: dict[str, bytes]) -> None:
        super().__init__(held)
        self.asked: list[tuple[str, dict[str, str]]] = []

    async def fetch(self, request: MediaRequest) -> Any:
        self.asked.append((request.url, dict(request.headers)))
        return await super().fetch(request)


def _told() -> dict[str, Any]:
    mail = {
        "messageId": "s1",
        "commonHeaders": {"from": ["Jo <jo@example.com>"], "subject": "headers", "messageId": "<m@x>"},
    }
    action = {"type": "S3", "topicArn": TOPIC, "bucketName": "mail-in", "objectKey": "in/box +/m1"}
    return {
        "notificationType": "Received",
        "mail": mail,
        "receipt": {"recipients": ["a@acme.example"], "action": action},
    }


async def _deliver(bucket: Bucket, broker: MemoryProducer, *, keys: bool = True) -> int:
    secrets: dict[str, tuple[str, ...]] = {"topic_arn": ("env:TOPIC",)}
    if keys:
        secrets |= {"access_key_id": ("env:ID",), "secret_access_key": ("env:SECRET",)}
    account = ChannelAccount(id="ses", channel="ses", secrets=secrets)
    tenant = TenantConfig(
        tenant="acme",
        revision=1,
        applied_at=NOW,
        default_queue="q",
        queues=(Queue(id="q"),),
        channel_accounts=(account,),
    )
    documents = {CERTIFICATE: certificate()}
    app = build_for_tests(
        fixed_config(tenant), ManualClock(NOW), SECRETS | KEYS, broker, documents=documents, http=bucket
    )
    async with AsyncClient(transport=ASGITransport(app), base_url="http://ingest") as door:
        return await post(door, sns(Message=json.dumps(_told())))


async def test_the_mail_is_fetched_with_a_signature_of_amazons_kind() -> None:
    bucket, broker = Bucket({PLACE: SOURCE}), MemoryProducer()
    assert await _deliver(bucket, broker) == 200
    event = broker.records[0].envelope.data
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.content.subject) == ("the body", "whole")
    ((url, headers),) = bucket.asked
    signed = {name: value for name, value in headers.items() if name != "Authorization"}
    keys = Credentials("AKID", "sEcReT", "ap-northeast-1", "s3")
    assert url == PLACE
    assert headers["Authorization"] == authorization(keys, "GET", "/mail-in/in/box +/m1", signed, b"", NOW)


@pytest.mark.parametrize("keys", [True, False])
async def test_what_is_not_there_or_not_ours_to_fetch_is_filed_by_its_headers(keys: bool) -> None:
    bucket, broker = Bucket({}), MemoryProducer()
    assert await _deliver(bucket, broker, keys=keys) == 200
    event = broker.records[0].envelope.data
    assert isinstance(event, MessageReceived)
    assert (event.content.subject, event.contact.display_name) == ("headers", "Jo")
    assert len(bucket.asked) == keys


async def test_while_s3_is_away_sns_is_asked_to_come_again() -> None:
    bucket, broker = Bucket({PLACE: SOURCE}), MemoryProducer()
    bucket.down = True
    assert await _deliver(bucket, broker) == 503
    assert broker.records == []
