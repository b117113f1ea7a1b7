"""The whole service over a broker in memory: what providers are answered, and what the broker holds by then."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.config import TenantConfig
from contracts.envelope import encode
from contracts.inbound import MessageReceived, UnrecognisedReceived
from contracts.topics import INBOUND_MESSAGES, INBOUND_RECEIPTS
from ingest.adapters.memory import MemoryProducer
from ingest.channels import CHANNELS
from ingest.entrypoints.webhooks import MAX_BODY_BYTES
from ingest.handlers.accept_webhook import MAX_EVENT_BYTES
from ingest.wiring import build_for_tests
from runtime.metrics import REGISTRY
from runtime.producer import Record
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

Headers = Callable[..., dict[str, str]]
Sample = Callable[[str, str], dict[str, Any]]
LINE, WHATSAPP, HOOKS = "/webhooks/line/line-acme", "/webhooks/whatsapp/wa-acme", "/webhooks/webhook/hooks"


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def line_text(text: str, *, event_id: str = "01H810YECXQQZ37VAXPF6H9E6T") -> dict[str, Any]:
    source = {"type": "user", "userId": "U4af4980629e5b5ff3bb0ed8c2f5cbb12"}
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": 1692251666727,
        "source": source,
        "webhookEventId": event_id,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "38ef843bde154d9b91c21320ffd17a0f",
        "message": {"id": "468789577898262530", "type": "text", "quoteToken": "q", "text": text},
    }
    return {"destination": "U8e742f61d673b39c7fff3cecb7536ef0", "events": [event]}


def received(broker: MemoryProducer) -> list[Any]:
    return [record.envelope.data for record in broker.records]


def counted(outcome: str, channel: str = "line") -> float:
    return REGISTRY.get_sample_value("madoguchi_ingest_requests_total", {"channel": channel, "outcome": outcome}) or 0.0


async def test_line_is_answered_when_the_broker_holds_the_message(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    body = encoded(line_text("返金したいです"))
    answer = await client.post(LINE, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()) == (200, {})
    (record,) = broker.records
    assert record.topic is INBOUND_MESSAGES
    assert (record.envelope.tenant, record.envelope.source, record.envelope.type) == (
        "acme",
        "ingest",
        "MessageReceived",
    )
    assert isinstance(record.envelope.data, MessageReceived)
    assert record.envelope.data.content.text == "返金したいです"
    assert len(record.key) == 64
    assert b"U4af" not in record.key


async def test_a_repeated_webhook_is_produced_again_under_the_same_id(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    body = encoded(line_text("twice"))
    for _ in range(2):
        assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    first, second = broker.records
    assert first.envelope.id == second.envelope.id
    assert first.key == second.key


async def test_whatsapp_messages_and_receipts_go_to_their_topics(
    client: httpx.AsyncClient, broker: MemoryProducer, whatsapp_headers: Headers, sample: Sample
) -> None:
    for name in ("text", "statuses"):
        body = encoded(sample("whatsapp", name))
        assert (await client.post(WHATSAPP, content=body, headers=whatsapp_headers(body))).status_code == 200
    assert [record.topic for record in broker.records] == [INBOUND_MESSAGES] + [INBOUND_RECEIPTS] * 5
    assert len({record.key for record in broker.records[:5]}) == 1


async def test_the_generic_door_answers_with_the_message_id(
    client: httpx.AsyncClient, broker: MemoryProducer, webhook_headers: Headers, sample: Sample
) -> None:
    body = encoded(sample("webhook", "received"))
    answers = [await client.post(HOOKS, content=body, headers=webhook_headers(body)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == {"accepted": [{"message_id": str(broker.records[0].envelope.id)}]}
    assert answers[1].json() == answers[0].json()


async def test_an_empty_webhook_is_fine(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, sample: Sample
) -> None:
    body = encoded(sample("line", "verify"))
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    assert broker.records == []


@pytest.mark.parametrize("secret", ["line-secret-new", "line-secret-old"])
async def test_both_live_secrets_open_the_door(client: httpx.AsyncClient, line_headers: Headers, secret: str) -> None:
    body = encoded(line_text("rotation"))
    assert (await client.post(LINE, content=body, headers=line_headers(body, secret))).status_code == 200


async def test_a_wrong_signature_is_counted_and_nothing_is_echoed(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    before, body = counted("wrong_signature"), encoded(line_text("canary words"))
    for headers in (line_headers(body, "guessed"), {"content-type": "application/json"}):
        answer = await client.post(LINE, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_signature")
        assert "canary" not in answer.text
        assert headers.get("x-line-signature", "none such") not in answer.text
    assert counted("wrong_signature") == before + 2
    assert broker.records == []


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/line/nobody",
        "/webhooks/line/line-off",
        "/webhooks/line/wa-acme",
        "/webhooks/fax/line-acme",
        "/webhooks/whatsapp/line-acme",
    ],
)
async def test_an_unknown_disabled_or_other_channels_account_is_not_there(
    client: httpx.AsyncClient, line_headers: Headers, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[bytes] = []
    for name, channel in CHANNELS.items():
        verify = channel.verify
        spy = type(channel)(
            **{slot: getattr(channel, slot) for slot in channel.__slots__}
            | {
                "verify": lambda headers, body, secrets, now, verify=verify: (
                    worked.append(body) or verify(headers, body, secrets, now)
                )
            }
        )
        monkeypatch.setitem(CHANNELS, name, spy)
    body = encoded(line_text("hello"))
    answer = await client.post(path, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (404, "account_not_found")
    assert worked == [body]


async def test_a_body_that_only_claims_to_be_small_is_cut_off(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    sent = 0

    async def bomb() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"[" * 65_536

    for content in (b" " * (MAX_BODY_BYTES + 1), bomb()):
        answer = await client.post(LINE, content=content, headers=line_headers(b""))
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
        assert answer.headers["connection"] == "close"
    assert broker.records == []
    assert sent <= MAX_BODY_BYTES + 2 * 65_536


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "text/plain"}, {"content-type": ""}, {"content-encoding": "gzip"}, {"content-encoding": "br"}],
)
async def test_other_content_types_and_compressed_bodies_are_refused(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, headers: dict[str, str]
) -> None:
    body = encoded(line_text("hello"))
    answer = await client.post(LINE, content=body, headers=line_headers(body) | headers)
    assert answer.status_code == 415
    assert answer.headers["content-type"] == "application/problem+json"
    assert broker.records == []


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 2_000, b'{"events":"x"}'])
async def test_signed_nonsense_of_a_provider_is_kept_and_accepted(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, whatsapp_headers: Headers, body: bytes
) -> None:
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    assert (await client.post(WHATSAPP, content=body, headers=whatsapp_headers(body))).status_code == 200
    assert all(isinstance(event, UnrecognisedReceived) for event in received(broker))
    assert len(broker.records) == 2


async def test_signed_nonsense_at_our_own_door_is_told(
    client: httpx.AsyncClient, broker: MemoryProducer, webhook_headers: Headers
) -> None:
    broken = await client.post(HOOKS, content=b"{", headers=webhook_headers(b"{"))
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")
    body = encoded({"type": "message.received", "message_id": "m", "contact": {"id": 5}, "text": "x"})
    wrong = await client.post(HOOKS, content=body, headers=webhook_headers(body))
    assert (wrong.status_code, wrong.json()["pointer"]) == (422, "/contact/id")
    assert broker.records == []


async def test_a_stale_webhook_is_refused(
    client: httpx.AsyncClient, clock: ManualClock, webhook_headers: Headers, sample: Sample
) -> None:
    body = encoded(sample("webhook", "received"))
    headers = webhook_headers(body)
    clock.advance(timedelta(minutes=6))
    assert (await client.post(HOOKS, content=body, headers=headers)).status_code == 401


async def test_nul_and_lone_surrogates_are_cleaned(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    body = json.dumps(line_text("a\0b\ud83dc")).encode()
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    assert received(broker)[0].content.text == "ab\ufffdc"


async def test_a_text_is_whole_or_refused(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    for text in ("x" * 700_000, "文" * 260_000):
        body = encoded(line_text(text))
        assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
        assert received(broker)[-1].content.text == text
        assert len(encode(broker.records[-1].envelope)) <= MAX_EVENT_BYTES
    body = encoded(line_text("x" * 1024 * 1024))
    answer = await client.post(LINE, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (413, "event_too_large")
    assert len(broker.records) == 2


async def test_an_unknown_event_beyond_its_limit_is_refused(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    body = encoded({"events": [{"type": "hologram", "data": "x" * 300_000}]})
    answer = await client.post(LINE, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (413, "event_too_large")
    assert broker.records == []


async def test_a_broker_that_is_down_is_our_trouble_and_the_provider_comes_again(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    body = encoded(line_text("not lost"))
    broker.down = True
    answer = await client.post(LINE, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency_down")
    assert int(answer.headers["retry-after"]) >= 1
    broker.down = False
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    assert len(broker.records) == 1


async def test_half_a_batch_is_no_batch_and_its_retry_repeats_the_ids(
    client: httpx.AsyncClient, broker: MemoryProducer, whatsapp_headers: Headers, sample: Sample
) -> None:
    body = encoded(sample("whatsapp", "media"))
    broker.lands = 3
    answer = await client.post(WHATSAPP, content=body, headers=whatsapp_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await client.post(WHATSAPP, content=body, headers=whatsapp_headers(body))).status_code == 200
    ids = [record.envelope.id for record in broker.records]
    assert len(ids) == 3 + 7
    assert ids[:3] == ids[3:6]
    assert len(set(ids)) == 7


class StuckProducer:
    """Never acknowledges until told."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.answer = asyncio.Event()

    async def publish(self, records: Sequence[Record], timeout: float) -> None:
        self.asked.set()
        await self.answer.wait()


def client_of(producer: StuckProducer, tenant: TenantConfig, clock: ManualClock, **limits: Any) -> httpx.AsyncClient:
    secrets = {"env:LINE": "line-secret-new", "env:LINE_OLD": "line-secret-old"}
    app = build_for_tests(fixed_config(tenant), clock, secrets, producer, **limits)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest")


async def test_a_full_house_lets_nobody_wait_inside(
    tenant: TenantConfig, clock: ManualClock, line_headers: Headers
) -> None:
    producer, body = StuckProducer(), encoded(line_text("hello"))
    async with client_of(producer, tenant, clock, max_events_in_flight=1) as client:
        first = asyncio.create_task(client.post(LINE, content=body, headers=line_headers(body)))
        await producer.asked.wait()
        second = await client.post(LINE, content=body, headers=line_headers(body))
        assert (second.status_code, second.json()["code"]) == (503, "busy")
        assert int(second.headers["retry-after"]) >= 1
        producer.answer.set()
        assert (await first).status_code == 200
        assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200


async def test_the_deadline_holds_even_if_the_producer_forgets_it(
    tenant: TenantConfig, clock: ManualClock, line_headers: Headers
) -> None:
    body = encoded(line_text("hello"))
    async with client_of(StuckProducer(), tenant, clock, deadline=0.05) as client:
        answer = await client.post(LINE, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome_unknown")


async def test_an_account_without_a_usable_secret_loses_nothing_and_tells_nothing(
    client: httpx.AsyncClient, line_headers: Headers, tenant: TenantConfig, clock: ManualClock
) -> None:
    body = encoded(line_text("hello"))
    answer = await client.post("/webhooks/line/line-bare", content=body, headers=line_headers(body))
    assert answer.status_code == 503
    app = build_for_tests(fixed_config(tenant), clock, {"env:LINE_OLD": "line-secret-old"})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as half:
        old = await half.post(LINE, content=body, headers=line_headers(body, "line-secret-old"))
        assert old.status_code == 200
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(build_for_tests(fixed_config(tenant), clock, {})), base_url="http://ingest"
    ) as none:
        refused = await none.post(LINE, content=body, headers=line_headers(body))
        assert refused.status_code == 503
        assert "env:" not in refused.text


async def test_the_handshake_echoes_the_challenge_to_who_knows_the_token(client: httpx.AsyncClient) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "meta-verify-token", "hub.challenge": "1158201444"}
    answer = await client.get(WHATSAPP, params=query)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    wrong = await client.get(WHATSAPP, params=query | {"hub.verify_token": "guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_verify_token")
    assert "1158201444" not in wrong.text
    assert (await client.get(WHATSAPP, params=query | {"hub.mode": "unsubscribe"})).status_code == 400
    assert (await client.get("/webhooks/whatsapp/nobody", params=query)).status_code == 404
    assert (await client.get(LINE, params=query)).status_code == 405


async def test_other_addresses_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nothing/here")).json()["code"] == "route_not_found"
    assert (await client.delete(LINE)).status_code == 405
