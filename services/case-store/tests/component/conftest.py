"""The case store over a real database; what would go to the broker is read from the outbox."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from starlette.datastructures import Headers

from case_store.entrypoints.consumer import HANDLERS
from case_store.settings import MIGRATIONS, SCHEMA
from case_store.wiring import build_for_tests
from contracts.base import Contract
from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.envelope import Envelope, decode
from contracts.inbound import MessageReceived
from contracts.routing import WorkMerged
from contracts.topics import ROUTING_COMMANDS
from contracts.values import Address, AddressKind, Contact, Content, ContentKind, ReplyHandle
from runtime.config_feed import ConfigFeed
from runtime.errors import DependencyDown
from runtime.ids import SystemIds
from runtime.migrate import migrate
from runtime.object_store import ObjectFiles
from runtime.outbox import written_of
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT, Database, connect
from runtime.principal import Principal
from runtime.processing import Subscription
from runtime.testing.config import fixed_config
from runtime.unit_of_work import UnitOfWork

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SCOPES = frozenset({"cases:read", "cases:write", "customers:read", "customers:write"})


def tenant_config(tenant: str, **changes: Any) -> TenantConfig:
    stated: dict[str, Any] = {
        "tenant": tenant,
        "revision": 1,
        "applied_at": START,
        "default_queue": "main",
        "queues": (Queue(id="main"),),
        "channel_accounts": (
            ChannelAccount(id="line-main", channel="line"),
            ChannelAccount(id="wa-main", channel="whatsapp"),
            ChannelAccount(id="wa-off", channel="whatsapp", enabled=False),
        ),
    }
    return TenantConfig(**stated | changes)


def this_moment() -> datetime:
    """In milliseconds, as on the wire."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def line_message(person: str = "U1", text: str = "返金したいです", **changes: Any) -> MessageReceived:
    name = uuid4().hex
    stated: dict[str, Any] = {
        "channel": "line",
        "account": "line-main",
        "conversation": person,
        "provider_event_id": name,
        "occurred_at": this_moment(),
        "received_at": this_moment(),
        "contact": Contact(address=Address(kind=AddressKind.LINE_USER, value=person), display_name="花子"),
        "provider_message_id": f"m-{name}",
        "content": Content(kind=ContentKind.TEXT, text=text),
        "reply_handle": ReplyHandle(token=f"token-{name}", expires_at=datetime.now(UTC) + timedelta(minutes=1)),
    }
    return MessageReceived(**stated | changes)


def whatsapp_message(phone: str = "+81312345678", text: str = "続きです", **changes: Any) -> MessageReceived:
    address = Address(kind=AddressKind.PHONE, value=phone)
    stated: dict[str, Any] = {
        "channel": "whatsapp",
        "account": "wa-main",
        "contact": Contact(address=address),
        "reply_handle": None,
        "window_closes_at": datetime.now(UTC) + timedelta(hours=24),
    }
    return line_message(phone, text, **stated | changes)


class HeaderAuthenticator:
    """The tests' callers say who they are."""

    async def authenticate(self, headers: Headers) -> Principal:
        scopes = frozenset(headers["x-scopes"].split()) if "x-scopes" in headers else SCOPES
        return Principal(headers.get("x-tenant", "acme"), "user-1", scopes, headers.get("x-agent"))


@dataclass
class LocalTransactions:
    """As the runtime's, without a broker: outbox rows stay."""

    database: Database

    @asynccontextmanager
    async def begin(self, tenant: str) -> AsyncIterator[UnitOfWork]:
        pool = self.database.system if tenant == SYSTEM_TENANT else self.database.tenants
        async with pool.acquire() as connection, connection.transaction():
            now = await connection.fetchval("SELECT now() FROM set_config('app.tenant', $1, true)", tenant)
            work = UnitOfWork(connection, tenant=tenant, now=now, source="case-store", lane="test")
            yield work
            await work.write_outbox()
        work.committed()

    @asynccontextmanager
    async def read(self, tenant: str) -> AsyncIterator[asyncpg.Connection]:
        async with self.database.tenants.acquire() as connection, connection.transaction(readonly=True):
            await connection.execute("SELECT set_config('app.tenant', $1, true)", tenant)
            yield connection


@dataclass
class House:
    database: Database
    configs: ConfigFeed
    transactions: LocalTransactions
    subscriptions: Sequence[Subscription]
    api: httpx.AsyncClient
    files: ObjectFiles
    seen: int = field(default=0)

    line_message = staticmethod(line_message)
    whatsapp_message = staticmethod(whatsapp_message)
    tenant_config = staticmethod(tenant_config)

    async def deliver(self, *events: Contract, tenant: str = "acme", at: datetime | None = None) -> list[UUID]:
        """The events as one batch of their topic, in one transaction; returns their ids."""
        envelopes = [Envelope(uuid4(), tenant, "test", at or datetime.now(UTC), event) for event in events]
        await self.deliver_enveloped(*envelopes)
        return [envelope.id for envelope in envelopes]

    async def deliver_enveloped(self, *envelopes: Envelope) -> None:
        topic = next(topic for topic, table in HANDLERS.items() if type(envelopes[0].data) in table)
        subscription = next(each for each in self.subscriptions if each.topic is topic)
        batch = [Delivery(envelope, topic.name, 0, offset) for offset, envelope in enumerate(envelopes)]
        for tries_left in reversed(range(10)):
            try:
                async with self.transactions.begin(SYSTEM_TENANT) as work:
                    await subscription.processors(0).handle(batch, work)
                return
            except DependencyDown:  # as the partition's worker does
                if not tries_left:
                    raise

    async def emitted(self, *kinds: type[Contract]) -> list[Any]:
        """What left since the last call, of these kinds."""
        rows = await self.database.system.fetch("SELECT id, value FROM outbox WHERE id > $1 ORDER BY id", self.seen)
        self.seen = max([self.seen, *(row["id"] for row in rows)])
        told = [decode(bytes(row["value"])).data for row in rows]
        return [event for event in told if not kinds or isinstance(event, kinds)]

    async def said(self) -> dict[UUID, list[int]]:
        """By case, the numbers of what the router was told of it, in the order of the outbox."""
        rows = await self.database.system.fetch("SELECT * FROM outbox ORDER BY id")
        records = [record for row in rows for record in written_of(row).records]
        numbers: dict[UUID, list[int]] = defaultdict(list)
        for record in records:
            if record.topic != ROUTING_COMMANDS.name:
                continue
            command: Any = decode(record.value).data
            numbers[command.case.id if hasattr(command, "case") else command.case_id].append(command.sequence)
            if isinstance(command, WorkMerged):
                numbers[command.into_case_id].append(command.into_sequence)
        return dict(numbers)

    async def check_counts(self) -> None:
        """Whatever a test did: no number is left out, none is given twice, and the case knows the last one."""
        said = await self.said()
        assert {case_id: list(range(1, len(numbers) + 1)) for case_id, numbers in said.items()} == said
        sql = "SELECT id, last_command FROM customer_case WHERE last_command > 0"
        rows = [*await self.fetch(sql), *await self.fetch(sql, tenant="beta")]
        assert {row["id"]: row["last_command"] for row in rows} == {case_id: len(said[case_id]) for case_id in said}

    async def fetch(self, sql: str, *arguments: object, tenant: str = "acme") -> list[asyncpg.Record]:
        async with self.transactions.read(tenant) as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
            return found

    async def value(self, sql: str, *arguments: object) -> Any:
        return (await self.fetch(sql, *arguments))[0][0]

    async def open_case(self, event: MessageReceived | None = None) -> UUID:
        event = event or line_message()
        await self.deliver(event)
        sql = """SELECT m.case_id FROM message m JOIN provider_message p ON p.message_id = m.id
                 WHERE p.provider_message_id = $1"""
        case_id: UUID = await self.value(sql, event.provider_message_id)
        return case_id

    async def reply(self, case_id: UUID, text: str = "はい", key: str | None = None, **body: Any) -> httpx.Response:
        return await self.api.post(
            f"/v1/cases/{case_id}/messages",
            json={"text": text, **body},
            headers={"idempotency-key": key or uuid4().hex, "x-agent": "aiko"},
        )

    async def customer_of(self, account: str, address: str) -> UUID:
        owner: UUID = await self.value(
            "SELECT customer_id FROM contact_point WHERE account = $1 AND address = $2", account, address
        )
        return owner

    async def link(self, customer_id: UUID, address: str, **body: Any) -> httpx.Response:
        stated = {
            "channel": "whatsapp",
            "account": "wa-main",
            "address": {"kind": "phone", "value": address},
        }
        return await self.api.post(f"/v1/customers/{customer_id}/contact-points", json=stated | body)


@pytest.fixture
async def house(postgres: Any, tmp_path: Path) -> AsyncIterator[House]:
    await migrate(postgres.owner, SCHEMA, MIGRATIONS)
    configs = fixed_config(tenant_config("acme"), tenant_config("beta"))
    async with connect(postgres.app, schema=SCHEMA, application_name="test", max_size=12) as database:
        transactions = LocalTransactions(database)
        files = ObjectFiles(f"file://{tmp_path}/files")
        app, subscriptions = build_for_tests(configs, SystemIds(), transactions, HeaderAuthenticator(), files)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://case-store") as api:
            house = House(database, configs, transactions, subscriptions, api, files)
            yield house
            if not database.system.is_closing():
                await house.check_counts()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the store is asked from now on, a line each."""
    told: list[str] = []
    for name in ("execute", "fetch", "fetchrow", "fetchval", "executemany"):
        plain = getattr(asyncpg.Connection, name)

        def counted(self: Any, sql: str, *args: Any, _plain: Any = plain, **named: Any) -> Any:
            told.append(sql)
            return _plain(self, sql, *args, **named)

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    return told
