import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from sandbox.whatsapp.receipts import Callback, Receipts, SentMessage

NUMBER = "106540352242922"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
Deliver = Callable[[httpx.Request], httpx.Response]


class Inbox:
    """A webhook URL: keeps what comes, answers from a list and then 200."""

    def __init__(self, *statuses: int) -> None:
        self.requests: list[httpx.Request] = []
        self._statuses = list(statuses)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._statuses.pop(0) if self._statuses else 200)

    def statuses(self) -> list[str]:
        return [_status(request)["status"] for request in self.requests]


def _status(request: httpx.Request) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(request.content)["entry"][0]["changes"][0]["value"]["statuses"][0]
    return status


async def _no_wait(seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def running(inbox: Deliver, clock: Any, attempts: int = 3) -> AsyncIterator[Receipts]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(inbox)) as http, asyncio.TaskGroup() as group:
        receipts = Receipts(clock, http, attempts=attempts, limit=10, sleep=_no_wait)
        worker = group.create_task(receipts.work())
        yield receipts
        worker.cancel()


async def drained(receipts: Receipts) -> None:
    async with asyncio.timeout(5):
        while receipts.counts()["pending"]:
            await asyncio.sleep(0)


def callback(**fields: Any) -> Callback:
    return Callback(url="http://127.0.0.1:1/hook", app_secret="s3cret", phone_number_id=NUMBER, **fields)


MESSAGE = SentMessage(NUMBER, "wamid.abc", "819012345678", traceparent=TRACE)


async def test_statuses_follow_a_send_signed_by_the_app_secret(clock: Any) -> None:
    inbox = Inbox()
    async with running(inbox, clock) as receipts:
        receipts.configure(callback())
        receipts.submit(MESSAGE)
        await drained(receipts)
    assert inbox.statuses() == ["sent", "delivered", "read"]
    request = inbox.requests[0]
    expected = hmac.new(b"s3cret", request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-hub-signature-256"] == f"sha256={expected}"
    assert "traceparent" not in request.headers
    status = _status(request)
    assert (status["id"], status["recipient_id"], status["timestamp"]) == ("wamid.abc", "819012345678", "1795165200")
    value = json.loads(request.content)["entry"][0]["changes"][0]["value"]
    assert value["metadata"]["phone_number_id"] == NUMBER


async def test_out_of_order_and_repeated(clock: Any) -> None:
    inbox = Inbox()
    async with running(inbox, clock) as receipts:
        receipts.configure(callback(out_of_order=True, repeat=2))
        receipts.submit(MESSAGE)
        await drained(receipts)
        assert receipts.counts() == {"pending": 0, "delivered": 6, "retried": 0}
    assert inbox.statuses() == ["read", "read", "delivered", "delivered", "sent", "sent"]


async def test_a_refused_status_is_retried_and_then_given_up(clock: Any) -> None:
    inbox = Inbox(503, 500, 200, 503, 503, 503)
    async with running(inbox, clock, attempts=3) as receipts:
        receipts.configure(callback(statuses=("sent", "delivered")))
        receipts.submit(MESSAGE)
        await drained(receipts)
        assert receipts.counts() == {"pending": 0, "delivered": 1, "given_up": 1, "retried": 5}
    assert inbox.statuses() == ["sent"] * 3 + ["delivered"] * 3


async def test_an_unreachable_webhook_is_retried(clock: Any) -> None:
    seen: list[str] = []

    def flaky(request: httpx.Request) -> httpx.Response:
        seen.append("try")
        if len(seen) == 1:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)

    async with running(flaky, clock) as receipts:
        receipts.configure(callback(statuses=("sent",)))
        receipts.submit(MESSAGE)
        await drained(receipts)
        assert receipts.counts() == {"pending": 0, "delivered": 1, "retried": 1}


@pytest.mark.parametrize(("given", "sent"), [("same", TRACE), ("00-aa-bb-01", "00-aa-bb-01")])
async def test_the_trace_can_be_carried(clock: Any, given: str, sent: str) -> None:
    inbox = Inbox()
    async with running(inbox, clock) as receipts:
        receipts.configure(callback(statuses=("sent",), traceparent=given))
        receipts.submit(MESSAGE)
        await drained(receipts)
    assert inbox.requests[0].headers["traceparent"] == sent


async def test_a_full_queue_drops_and_counts(clock: Any) -> None:
    async with httpx.AsyncClient() as http:
        receipts = Receipts(clock, http, attempts=1, limit=2)
        receipts.configure(callback())
        for _ in range(3):
            receipts.submit(MESSAGE)
        assert receipts.counts() == {"pending": 2, "dropped": 1}


async def post_and_wait(client: httpx.AsyncClient, url: str, **options: Any) -> list[dict[str, Any]]:
    """Send through the real server with the sandbox's own webhook receiver path as the callback."""
    hook = {"url": f"{url}/redirected", "app_secret": "s3cret", "phone_number_id": NUMBER, **options}
    assert (await client.post("/_control/whatsapp/callback", json=hook)).status_code == 200
    body = {"messaging_product": "whatsapp", "to": "819012345678", "text": {"body": "はい"}}
    headers = {"authorization": "Bearer t"}
    assert (await client.post(f"/whatsapp/v24.0/{NUMBER}/messages", json=body, headers=headers)).status_code == 200
    async with asyncio.timeout(10):
        while (await client.get("/_control/counts")).json()["receipts"].get("delivered", 0) < 1:
            await asyncio.sleep(0.02)
    items: list[dict[str, Any]] = (await client.get("/_control/requests", params={"provider": "redirected"})).json()[
        "items"
    ]
    return items


async def test_a_closed_window_can_fail_late_as_meta_often_does(start_on_loopback: Any) -> None:
    options = {"whatsapp_window_default": "closed", "whatsapp_closed_window": "failed_status"}
    async with start_on_loopback(**options) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        [posted] = await post_and_wait(client, url)
        status = posted["body"]["entry"][0]["changes"][0]["value"]["statuses"][0]
        assert (status["status"], status["errors"][0]["code"]) == ("failed", 131047)
        assert (await client.get("/_control/visible")).json()["items"] == []


async def test_a_send_over_http_is_followed_by_its_status(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        [posted] = await post_and_wait(client, url, statuses=["sent"])
        assert posted["headers"]["x-hub-signature-256"].startswith("sha256=")


@pytest.mark.parametrize(
    ("field", "value"),
    [("url", "http://example.com/hook"), ("url", "ftp://127.0.0.1/"), ("repeat", 11), ("statuses", ["eaten"])],
)
async def test_a_wrong_callback_is_refused_without_echoing_its_secret(
    client: httpx.AsyncClient, field: str, value: Any
) -> None:
    hook = {"url": "http://127.0.0.1:1/", "app_secret": "s3cret", "phone_number_id": NUMBER, field: value}
    answer = await client.post("/_control/whatsapp/callback", json=hook)
    assert answer.status_code == 422
    assert f"/body/{field}" in answer.text
    assert "s3cret" not in answer.text
