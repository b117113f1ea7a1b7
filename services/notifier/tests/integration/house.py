"""The notifier over a real database and a provider on loopback; what would go to the broker is kept in memory."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from provider_server import Provider
from pydantic import SecretStr
from starlette.datastructures import Headers

from contracts.base import Contract
from contracts.config import ChannelAccount, Queue, Replies, TenantConfig, WebhookSubscription
from contracts.envelope import Envelope, decode
from contracts.inbound import ReceiptReceived
from contracts.outbound import SendRequested, SignalRequested, WebhookRequested
from contracts.values import (
    Address,
    AddressKind,
    Author,
    AuthorKind,
    Content,
    ContentKind,
    MessageStatus,
    ReplyHandle,
    ReplyPath,
)
from notifier.adapters.chat_feed import PostgresChatFeed
from notifier.adapters.store import PostgresDeliveries
from notifier.entrypoints.consumers import subscriptions
from notifier.wiring import Notifier
from runtime.batches import RawRecord
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT, Database
from runtime.principal import Principal
from runtime.unit_of_work import Transactions

WEBHOOK_SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


def secret(ref: str) -> SecretStr:
    return SecretStr(WEBHOOK_SECRET if "webhook" in ref else f"value-of-{ref.removeprefix('env:')}")


def config(tenant: str, provider: Provider, **changes: Any) -> TenantConfig:
    stated: dict[str, Any] = {
        "tenant": tenant,
        "revision": 1,
        "applied_at": datetime(2026, 11, 21, tzinfo=UTC),
        "default_queue": "main",
        "queues": (Queue(id="main"),),
        "replies": Replies(fallback=True),
        "webhook_subscriptions": (
            WebhookSubscription(id="crm", account="erp", events=("CaseOpened", "CaseResolved")),
            WebhookSubscription(id="audit", account="audit", events=("case.events", "routing.events")),
        ),
        "channel_accounts": (
            ChannelAccount(
                id="audit",
                channel="webhook",
                secrets={"signing_secret": ("env:webhook", "env:webhook-old")},
                options={"url": f"{provider.base}/audit"},
            ),
            ChannelAccount(id="line-main", channel="line", secrets={"access_token": ("env:LINE",)}),
            ChannelAccount(
                id="wa-main", channel="whatsapp", external_id="4711", secrets={"access_token": ("env:WHATSAPP",)}
            ),
            ChannelAccount(id="shop-chat", channel="webchat"),
            ChannelAccount(
                id="wa-careful",
                channel="whatsapp",
                external_id="4712",
                secrets={"access_token": ("env:WHATSAPP",)},
                options={"approval": "required"},
            ),
            ChannelAccount(
                id="erp",
                channel="webhook",
                secrets={"signing_secret": ("env:webhook",)},
                options={"url": f"{provider.base}/hooks"},
            ),
            ChannelAccount(
                id="inside",
                channel="webhook",
                secrets={"signing_secret": ("env:webhook",)},
                options={"url": "https://10.1.2.3/hooks"},
            ),
        ),
    }
    return TenantConfig(**(stated | changes))


def line(user: str = "U1", *, token: str | None = None, seconds: float = 50) -> ReplyPath:
    handle = ReplyHandle(token=token, expires_at=datetime.now(UTC) + timedelta(seconds=seconds)) if token else None
    return ReplyPath(
        conversation_id=uuid4(),
        channel="line",
        account="line-main",
        address=Address(kind=AddressKind.LINE_USER, value=user),
        reply_handle=handle,
    )


def whatsapp(phone: str = "+819012345678", *, hours: float = 3, account: str = "wa-main") -> ReplyPath:
    return ReplyPath(
        conversation_id=uuid4(),
        channel="whatsapp",
        account=account,
        address=Address(kind=AddressKind.PHONE, value=phone),
        window_closes_at=datetime.now(UTC) + timedelta(hours=hours),
    )


def webchat(visitor: str = "anon:1") -> ReplyPath:
    return ReplyPath(
        conversation_id=uuid4(),
        channel="webchat",
        account="shop-chat",
        address=Address(kind=AddressKind.VISITOR, value=visitor),
    )


def webhook() -> ReplyPath:
    return ReplyPath(
        conversation_id=uuid4(),
        channel="webhook",
        account="erp",
        address=Address(kind=AddressKind.EXTERNAL, value="customer-7"),
    )


def request(*paths: ReplyPath, text: str = "はい", expires_in: timedelta = timedelta(hours=24)) -> SendRequested:
    now = datetime.now(UTC)
    return SendRequested(
        message_id=uuid4(),
        case_id=uuid4(),
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=Content(kind=ContentKind.TEXT, text=text),
        paths=paths,
        requested_at=now,
        expires_at=now + expires_in,
    )


def receipt(provider_message_id: str, status: MessageStatus = MessageStatus.SENT, **changes: Any) -> ReceiptReceived:
    now = datetime.now(UTC)
    stated: dict[str, Any] = {
        "channel": "whatsapp",
        "account": "wa-main",
        "conversation": "+819012345678",
        "provider_event_id": f"{provider_message_id}:{status}",
        "occurred_at": now,
        "received_at": now,
        "provider_message_id": provider_message_id,
        "status": status,
    }
    return ReceiptReceived(**(stated | changes))


class MemoryProducer:
    """Takes what a broker would take."""

    def __init__(self) -> None:
        self.records: list[RawRecord] = []

    async def publish_raw(self, records: Sequence[RawRecord], timeout: float) -> None:
        self.records += records


class HeaderAuthenticator:
    """The tests' callers say who they are."""

    async def authenticate(self, headers: Headers) -> Principal:
        scopes = frozenset(
            headers.get("x-scopes", "deliveries:read deliveries:write webhooks:read webhooks:write").split()
        )
        return Principal(headers.get("x-tenant", "acme"), "user-1", scopes)


@dataclass
class House:
    database: Database
    transactions: Transactions
    producer: MemoryProducer
    provider: Provider
    notifier: Notifier
    api: httpx.AsyncClient
    others: list[Notifier] = field(default_factory=list)

    async def hear(self, *events: Contract, tenant: str = "acme", wake: bool = True) -> None:
        """The events as one batch of their topic, in one transaction, as the consumer does it."""
        awake = self.notifier.sender.wake if wake else lambda: None
        table = subscriptions(PostgresDeliveries, PostgresChatFeed, awake, self.notifier.signs.offer)
        subscription = (
            table[0] if isinstance(events[0], SendRequested | WebhookRequested | SignalRequested) else table[1]
        )
        envelopes = [Envelope(uuid4(), tenant, "test", datetime.now(UTC), event) for event in events]
        batch = [Delivery(one, subscription.topic.name, 0, offset) for offset, one in enumerate(envelopes)]
        async with self.transactions.begin(SYSTEM_TENANT) as work:
            await subscription.processors(0).handle(batch, work)

    async def rounds(self, notifier: Notifier | None = None) -> None:
        """Claims and sends until nothing is due any more."""
        sender = (notifier or self.notifier).sender
        before = -1
        while before != (before := await self._made()):
            async with asyncio.TaskGroup() as sends:
                await sender.round(sends)

    async def _made(self) -> int:
        return await self.value(
            "SELECT coalesce(sum(attempt), 0) + count(*) FILTER (WHERE state = 'sending') FROM delivery"
        )

    async def run(self, until: asyncio.Event | None = None) -> None:
        await self.notifier.sender.run()

    async def later(self, by: timedelta, *tables: str) -> None:
        """Time passes: everything that waits for a moment comes nearer by that much."""
        await self.database.system.execute(
            """UPDATE delivery SET next_attempt_at = next_attempt_at - $1::interval,
               lease_until = lease_until - $1::interval, blocks_until = blocks_until - $1::interval,
               expires_at = expires_at - $1::interval, doubtful_since = doubtful_since - $1::interval,
               attempt_started_at = attempt_started_at - $1::interval""",
            by,
        )

    async def value(self, sql: str, *arguments: object) -> Any:
        return await self.database.system.fetchval(sql, *arguments)

    async def row(self, message_id: UUID) -> asyncpg.Record:
        return await self.database.system.fetchrow("SELECT * FROM delivery WHERE id = $1", message_id)

    async def attempts(self, message_id: UUID) -> list[tuple[str, int | None]]:
        rows = await self.database.system.fetch("SELECT * FROM attempt WHERE delivery_id = $1 ORDER BY n", message_id)
        return [(row["code"], row["http_status"]) for row in rows]

    def told(self) -> list[Any]:
        """The events emitted so far, in order."""
        return [decode(record.value).data for record in self.producer.records]

    def told_as(self) -> list[str]:
        return [type(event).__name__ for event in self.told()]

    async def stop(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
