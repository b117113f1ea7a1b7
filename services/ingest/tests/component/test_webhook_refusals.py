"""Bad input at the doors: told as the standards say, and nothing of it accepted."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.envelope import encode
from contracts.inbound import UnrecognisedReceived
from ingest.adapters.memory import MemoryProducer
from ingest.channels import CHANNELS
from ingest.handlers.claim_check import MAX_EVENT_BYTES, MAX_TEXT_BYTES
from ingest.handlers.ports import MAX_BODY_BYTES
from runtime.metrics import REGISTRY
from runtime.testing.clock import ManualClock

Headers = Callable[..., dict[str, str]]
Sample = Callable[[str, str], dict[str, Any]]
LINE, WHATSAPP, HOOKS = "/webhooks/line/line-acme", "/webhooks/whatsapp/wa-acme", "/webhooks/webhook/hooks"


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def received(broker: MemoryProducer) -> list[Any]:
    return [record.envelope.data for record in broker.records]


def counted(outcome: str, channel: str = "line") -> float:
    return REGISTRY.get_sample_value("madoguchi_ingest_requests_total", {"channel": channel, "outcome": outcome}) or 0.0


async def test_a_wrong_signature_is_counted_and_nothing_is_echoed(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    before, body = counted("wrong_signature"), line_body("canary words")
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
    client: httpx.AsyncClient,
    line_headers: Headers,
    line_body: Callable[[str], bytes],
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked: list[bytes] = []
    for name, channel in CHANNELS.items():
        verify = channel.verify
        spy = type(channel)(
            **{slot: getattr(channel, slot) for slot in channel.__slots__}
            | {
                "verify": lambda webhook, secrets, verify=verify: (
                    worked.append(webhook.body) or verify(webhook, secrets)
                )
            }
        )
        monkeypatch.setitem(CHANNELS, name, spy)
    body = line_body("hello")
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
    client: httpx.AsyncClient,
    broker: MemoryProducer,
    line_headers: Headers,
    line_body: Callable[[str], bytes],
    headers: dict[str, str],
) -> None:
    body = line_body("hello")
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
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    body = line_body("a\0b\ud83dc")
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    assert received(broker)[0].content.text == "ab\ufffdc"


async def test_a_text_is_whole_in_its_event_or_in_a_file_beside_it(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    for text in ("x" * 700_000, "文" * 260_000):
        body = line_body(text)
        assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
        assert received(broker)[-1].content.text == text
        assert len(encode(broker.records[-1].envelope)) <= MAX_EVENT_BYTES
    body = line_body("文" * 340_000)
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    content = received(broker)[-1].content
    assert content.text == "文" * (MAX_TEXT_BYTES // 3)
    assert [(file.file_name, file.size_bytes) for file in content.attachments] == [("message.txt", 1_020_000)]
    assert len(encode(broker.records[-1].envelope)) <= MAX_EVENT_BYTES


async def test_an_unknown_event_beyond_its_limit_is_a_file_that_its_event_names(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers
) -> None:
    body = encoded({"events": [{"type": "hologram", "data": "x" * 300_000}]})
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    kept = broker.records[-1].envelope.data
    assert isinstance(kept, UnrecognisedReceived)
    assert kept.reason == "an event type that this adapter doesn't know"
    assert json.loads(kept.raw)["size_bytes"] > 300_000
