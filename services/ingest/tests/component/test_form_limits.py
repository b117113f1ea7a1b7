"""How many forms one address may post in a minute, and what the page is told of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from contracts.config import ChannelAccount, Queue, TenantConfig
from ingest.adapters.memory import MemoryProducer
from ingest.wiring import build_for_tests
from runtime.rate_limit import LocalBuckets
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
ORIGIN = {"origin": "https://shop.example.com"}


def form(id: str, **options: str) -> ChannelAccount:
    return ChannelAccount(id=id, channel="form", options={"origins": ORIGIN["origin"], **options})


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Page:
    http: httpx.AsyncClient
    broker: MemoryProducer
    seconds: Seconds = field(default_factory=Seconds)

    async def post(self, account: str = "contact", address: str = "203.0.113.7", **headers: str) -> httpx.Response:
        told = {**ORIGIN, "x-real-ip": address, **headers}
        return await self.http.post(f"/webhooks/form/{account}", data={"text": "返金"}, headers=told)

    async def statuses(self, times: int, account: str = "contact", address: str = "203.0.113.7") -> list[int]:
        return [(await self.post(account, address)).status_code for _ in range(times)]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    accounts = (form("contact"), form("kiosk", posts_a_minute="600"), form("odd", posts_a_minute="many"))
    tenant = TenantConfig(
        tenant="acme",
        revision=1,
        applied_at=NOW,
        default_queue="main",
        queues=(Queue(id="main"),),
        channel_accounts=accounts,
    )
    broker, seconds = MemoryProducer(), Seconds()
    app = build_for_tests(
        fixed_config(tenant), ManualClock(NOW), {}, broker, limit=LocalBuckets(seconds), address_header="x-real-ip"
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as http:
        yield Page(http, broker, seconds)


async def test_beyond_the_limit_an_address_waits_as_long_as_it_is_told(page: Page) -> None:
    assert await page.statuses(10) == [202] * 10
    refused = await page.post()
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert len(page.broker.records) == 10
    page.seconds.now += int(refused.headers["retry-after"])
    assert await page.statuses(2) == [202, 429]
    page.seconds.now += 60
    assert await page.statuses(11) == [202] * 10 + [429]


async def test_the_page_may_read_the_refusal(page: Page) -> None:
    await page.statuses(10)
    refused = await page.post()
    assert refused.headers["access-control-allow-origin"] == ORIGIN["origin"]
    assert refused.headers["access-control-expose-headers"] == "retry-after"
    stranger = await page.post(origin="https://evil.example")
    assert "access-control-allow-origin" not in stranger.headers


async def test_wrong_fields_are_readable_by_the_page_too(page: Page) -> None:
    answer = await page.http.post("/webhooks/form/contact", data={"text": "x", "email": "nobody"}, headers=ORIGIN)
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/email")
    assert answer.headers["access-control-allow-origin"] == ORIGIN["origin"]


async def test_addresses_and_accounts_have_limits_of_their_own(page: Page) -> None:
    assert (await page.statuses(11))[-1] == 429
    assert await page.statuses(1, address="203.0.113.8") == [202]
    assert await page.statuses(1, account="odd") == [202]
    assert await page.statuses(100, account="kiosk") == [202] * 100


async def test_one_subscriber_of_ipv6_is_one_address(page: Page) -> None:
    for n in range(10):
        assert await page.statuses(1, address=f"2001:db8:1:2::{n:x}") == [202]
    assert await page.statuses(1, address="2001:db8:1:2:ffff::1") == [429]
    assert await page.statuses(1, address="2001:db8:1:3::1") == [202]


async def test_an_unknown_account_costs_no_bucket_and_says_404(page: Page) -> None:
    assert await page.statuses(12, account="nobody") == [404] * 12
