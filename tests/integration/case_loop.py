"""The case store and the router on one real database, joined by a log that is carried from one to the other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from starlette.datastructures import Headers

import case_store.settings as case_settings
import case_store.wiring as case_wiring
import router.settings as router_settings
import router.wiring as router_wiring
from contracts.base import Contract
from contracts.config import TenantConfig
from contracts.envelope import Envelope, decode
from contracts.inbound import MessageReceived
from contracts.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from contracts.values import Address, AddressKind, Contact, Content, ContentKind
from router.adapters.figures import MetricFigures
from runtime.config_feed import ConfigFeed
from runtime.ids import SystemIds
from runtime.migrate import migrate
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT, connect
from runtime.principal import Principal
from runtime.processing import Processor
from runtime.producer import RawRecord
from runtime.unit_of_work import Transactions, open_transactions

SCOPES = frozenset(
    {"cases:read", "cases:write", "customers:read", "customers:write", "agents:write", "bots:act", "bot:faq"}
)


class HeaderAuthenticator:
    async def authenticate(self, headers: Headers) -> Principal:
        return Principal("acme", "user-1", SCOPES, headers.get("x-agent"))


class Log:
    """Takes what a broker would take, in its order."""

    def __init__(self) -> None:
        self.records: list[RawRecord] = []

    async def publish_raw(self, records: Sequence[RawRecord], timeout: float) -> None:
        self.records += records

    async def publish(self, records: Sequence[Any], timeout: float) -> None:
        raise NotImplementedError


@dataclass
class Loop:
    log: Log
    configs: ConfigFeed
    cases: Transactions
    routing: Transactions
    case_events: Processor
    inbound: Processor
    owner: Processor
    live: Any
    api: httpx.AsyncClient
    carried: int = field(default=0)

    async def settle(self) -> None:
        """Carries what is in the log, and what follows from it, until nothing follows."""
        while self.carried < len(self.log.records):
            record = self.log.records[self.carried]
            self.carried += 1
            await self.carry(record)

    async def carry(self, record: RawRecord) -> None:
        if record.topic == ROUTING_COMMANDS.name:
            await self.command(decode(record.value))
        elif record.topic == ROUTING_EVENTS.name:
            await self._work(self.cases, self.case_events, decode(record.value))

    async def command(self, envelope: Envelope) -> None:
        await self._work(self.routing, self.owner, envelope)
        self.owner.committed()

    async def agent(self, *commands: Contract) -> None:
        for command in commands:
            await self.command(Envelope(uuid4(), "acme", "test", datetime.now(UTC), command))
        await self.settle()

    async def time_passes(self) -> None:
        async with self.routing.begin(SYSTEM_TENANT) as work:
            await self.owner.tick(work)
        self.owner.committed()
        await self.settle()

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> Any:
        while not (found := await holds()):
            await self.time_passes()
        return found

    async def write(self, person: str = "U1", text: str = "返金したいです", **changes: Any) -> UUID:
        """A customer's message; returns its case."""
        now, name = datetime.now(UTC), uuid4().hex
        stated: dict[str, Any] = {
            "channel": "line",
            "account": "line-main",
            "conversation": person,
            "provider_event_id": name,
            "occurred_at": now,
            "received_at": now,
            "contact": Contact(address=Address(kind=AddressKind.LINE_USER, value=person)),
            "provider_message_id": name,
            "content": Content(kind=ContentKind.TEXT, text=text),
        }
        message = MessageReceived(**stated | changes)
        await self._work(self.cases, self.inbound, Envelope(uuid4(), "acme", "ingest", now, message))
        await self.settle()
        async with self.cases.read("acme") as connection:
            sql = """SELECT m.case_id FROM message m JOIN provider_message p ON p.message_id = m.id
                     WHERE p.provider_message_id = $1"""
            case_id: UUID = await connection.fetchval(sql, name)
            return case_id

    async def post(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> dict[str, Any]:
        headers = {"idempotency-key": uuid4().hex, "x-agent": "aiko"}
        answer = await self.api.request(method, f"/v1/{path}", json=body or {}, headers=headers)
        assert answer.is_success, answer.text
        await self.settle()
        return dict(answer.json())

    async def case(self, case_id: UUID) -> dict[str, Any]:
        return dict((await self.api.get(f"/v1/cases/{case_id}")).json())

    async def clock(self, case_id: UUID, metric: str = "resolution") -> dict[str, Any]:
        return dict((await self.case(case_id))["routing"]["sla"][metric])

    async def router(self, question: Callable[[Any], Any]) -> Any:
        """Of the router's own state."""
        return await self.live.ask("acme", lambda engine, _: question(engine))

    async def work(self, case_id: UUID) -> Any:
        return await self.router(lambda engine: engine.state.work.get(str(case_id)))

    def told(self, *kinds: type[Contract]) -> list[Any]:
        events = [decode(record.value).data for record in self.log.records]
        return [event for event in events if isinstance(event, kinds)]

    async def again(self) -> None:
        """Every event that the router told comes once more."""
        for record in [record for record in self.log.records if record.topic == ROUTING_EVENTS.name]:
            await self.carry(record)
        await self.settle()

    async def _work(self, transactions: Transactions, processor: Processor, envelope: Envelope) -> None:
        delivery = Delivery(envelope, "log", 0, 0)
        async with transactions.begin(SYSTEM_TENANT) as work:
            await processor.handle([delivery], work)


@asynccontextmanager
async def open_loop(postgres: Any, configs: ConfigFeed) -> AsyncIterator[Loop]:
    log = Log()
    async with AsyncExitStack() as stack:
        transactions: dict[str, Transactions] = {}
        for settings in (case_settings, router_settings):
            name = settings.SCHEMA
            await migrate(postgres.owner, name, settings.MIGRATIONS)
            database = await stack.enter_async_context(connect(postgres.app, schema=name, application_name="test"))
            opened = open_transactions(database, log, source=name, lane=name)
            transactions[name] = await stack.enter_async_context(opened)
        cases, routing = transactions[case_settings.SCHEMA], transactions[router_settings.SCHEMA]
        app, subscriptions = case_wiring.build_for_tests(configs, SystemIds(), cases, HeaderAuthenticator())
        parts = router_wiring.build_for_tests(configs, log, routing, HeaderAuthenticator(), figures=MetricFigures())
        by_name = {subscription.consumer: subscription.processors(0) for subscription in subscriptions}
        owner = parts.subscription.processors(0)
        async with routing.begin(SYSTEM_TENANT) as work:
            await owner.start(work)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        api = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://cases"))
        yield Loop(
            log=log,
            configs=configs,
            cases=cases,
            routing=routing,
            case_events=by_name["case-store.routing"],
            inbound=by_name["case-store.inbound"],
            owner=owner,
            live=parts.live,
            api=api,
        )


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def tenant_config(revision: int = 1, **changes: Any) -> TenantConfig:
    stated: dict[str, Any] = {
        "tenant": "acme",
        "revision": revision,
        "applied_at": datetime.now(UTC),
        "default_queue": "main",
        "queues": ({"id": "main"}, {"id": "escalations"}),
        "channel_accounts": (
            {"id": "line-main", "channel": "line"},
            {"id": "pager", "channel": "webhook", "options": {"url": "https://pager.example.com/hooks"}},
        ),
    }
    return TenantConfig.model_validate(stated | changes)
