"""The broker is down, slow or full; a secret is gone: 503 and Retry-After, and the retry repeats the ids."""

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from contracts.config import TenantConfig
from ingest.adapters.memory import MemoryProducer
from ingest.wiring import build_for_tests
from runtime.producer import Record
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

Headers = Callable[..., dict[str, str]]
Sample = Callable[[str, str], dict[str, Any]]
LINE, WHATSAPP, HOOKS = "/webhooks/line/line-acme", "/webhooks/whatsapp/wa-acme", "/webhooks/webhook/hooks"


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


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


async def test_a_broker_that_is_down_is_our_trouble_and_the_provider_comes_again(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    body = line_body("not lost")
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


async def test_a_full_house_lets_nobody_wait_inside(
    tenant: TenantConfig, clock: ManualClock, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    producer, body = StuckProducer(), line_body("hello")
    async with client_of(producer, tenant, clock, max_events_in_flight=1) as client:
        first = asyncio.create_task(client.post(LINE, content=body, headers=line_headers(body)))
        await producer.asked.wait()
        second = await client.post(LINE, content=body, headers=line_headers(body))
        assert (second.status_code, second.json()["code"]) == (503, "busy")
        assert int(second.headers["retry-after"]) >= 1
        producer.answer.set()
        assert (await first).status_code == 200
        assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200


async def test_an_account_without_a_usable_secret_loses_nothing_and_tells_nothing(
    client: httpx.AsyncClient,
    line_headers: Headers,
    line_body: Callable[[str], bytes],
    tenant: TenantConfig,
    clock: ManualClock,
) -> None:
    body = line_body("hello")
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
