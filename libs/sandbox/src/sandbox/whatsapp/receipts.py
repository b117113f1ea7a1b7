"""Status webhooks posted back after a send: sent, delivered, read, or failed; signed as Meta signs them.

Source: "Status messages webhook reference", WhatsApp Business Platform documentation.
"""

import asyncio
import hashlib
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, field_validator

from sandbox.settings import is_loopback
from sandbox.whatsapp.errors import webhook_error
from sandbox.wire import Clock, Json, encode_json

Status = Literal["sent", "delivered", "read"]
Sleep = Callable[[float], Awaitable[None]]


class Callback(BaseModel):
    """Where and how statuses go. `traceparent`: a literal value, or "same" for the send request's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    app_secret: str = Field(min_length=1)
    phone_number_id: str = Field(min_length=1)
    statuses: tuple[Status, ...] = ("sent", "delivered", "read")
    out_of_order: bool = False
    repeat: int = Field(default=1, ge=1, le=10)
    delay_seconds: float = Field(default=0.0, ge=0, le=600)
    traceparent: str | None = None

    @field_validator("url")
    @classmethod
    def loopback_only(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
            raise ValueError("the callback must be an http(s) URL on a loopback address")
        return url


@dataclass(frozen=True, slots=True)
class SentMessage:
    phone_number_id: str
    wamid: str
    recipient: str
    error_code: int | None = None
    opaque: str | None = None
    traceparent: str | None = None


class Receipts:
    """A bounded queue emptied by a few workers; statuses of one message go one after another."""

    def __init__(
        self, clock: Clock, client: httpx.AsyncClient, *, attempts: int, limit: int, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._client = client
        self._attempts = attempts
        self._sleep = sleep
        self._callbacks: dict[str, Callback] = {}
        self._queue: asyncio.Queue[tuple[Callback, SentMessage]] = asyncio.Queue(limit)
        self._working = 0
        self._counts: Counter[str] = Counter()

    def configure(self, callback: Callback) -> None:
        self._callbacks[callback.phone_number_id] = callback

    def reset(self) -> None:
        self._callbacks.clear()
        self._counts.clear()
        while not self._queue.empty():
            self._queue.get_nowait()

    def submit(self, message: SentMessage) -> None:
        callback = self._callbacks.get(message.phone_number_id)
        if callback is None:
            return
        try:
            self._queue.put_nowait((callback, message))
        except asyncio.QueueFull:
            self._counts["dropped"] += 1

    def counts(self) -> dict[str, int]:
        return {"pending": self._queue.qsize() + self._working, **self._counts}

    async def work(self) -> None:
        while True:
            callback, message = await self._queue.get()
            self._working += 1
            try:
                await self._report(callback, message)
            finally:
                self._working -= 1

    async def _report(self, callback: Callback, message: SentMessage) -> None:
        if callback.delay_seconds:
            await self._sleep(callback.delay_seconds)
        statuses: list[str] = ["failed"] if message.error_code else list(callback.statuses)
        if callback.out_of_order:
            statuses.reverse()
        for status in statuses:
            for _ in range(callback.repeat):
                delivered = await self._post(callback, message, status)
                self._counts["delivered" if delivered else "given_up"] += 1

    async def _post(self, callback: Callback, message: SentMessage, status: str) -> bool:
        body = encode_json(status_payload(message, status, int(self._clock.now().timestamp())))
        headers = {"content-type": "application/json", "x-hub-signature-256": sign(callback.app_secret, body)}
        traceparent = message.traceparent if callback.traceparent == "same" else callback.traceparent
        if traceparent:
            headers["traceparent"] = traceparent
        for attempt in range(self._attempts):
            if await self._try(callback.url, body, headers):
                return True
            if attempt + 1 < self._attempts:
                await self._sleep(min(5.0, 0.2 * 2**attempt))
        return False

    async def _try(self, url: str, body: bytes, headers: dict[str, str]) -> bool:
        try:
            answer = await self._client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            self._counts["retried"] += 1
            return False
        self._counts["retried"] += 0 if answer.is_success else 1
        return answer.is_success


def sign(app_secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def status_payload(message: SentMessage, status: str, timestamp: int) -> Json:
    address = "recipient_id" if message.recipient.isdigit() else "recipient_user_id"
    entry: Json = {"id": message.wamid, "status": status, "timestamp": str(timestamp), address: message.recipient}
    if message.opaque is not None:
        entry["biz_opaque_callback_data"] = message.opaque
    if message.error_code is not None:
        entry["errors"] = [webhook_error(message.error_code)]
    elif status != "read":
        entry["pricing"] = {"billable": False, "pricing_model": "PMP", "type": "free_customer_service"}
        entry["pricing"]["category"] = "service"
    metadata = {"display_phone_number": message.phone_number_id, "phone_number_id": message.phone_number_id}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": [entry]}
    changes = [{"value": value, "field": "messages"}]
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}
