"""Platform webhooks over the house: the subscriptions and the sender, driven by hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from house import House
from provider_server import Answer, Seen

from contracts.base import Contract
from contracts.cases import CaseOpened, CaseResolved
from contracts.endpoints import EndpointDisabled
from contracts.envelope import Envelope
from contracts.topics import CASE_EVENTS
from contracts.values import Author, AuthorKind
from notifier.adapters.platform_log import PostgresPlatformLog
from notifier.adapters.registry import PostgresRegistry
from notifier.entrypoints.platform_events import platform_subscriptions
from notifier.wiring import Notifier
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT


def opened(case_id: UUID | None = None) -> CaseOpened:
    return CaseOpened(
        case_id=case_id or uuid4(),
        customer_id=uuid4(),
        conversation_id=uuid4(),
        channel="line",
        account="line-main",
        opened_at=datetime.now(UTC),
    )


def resolved() -> CaseResolved:
    by = Author(kind=AuthorKind.AGENT, id="sato")
    return CaseResolved(case_id=uuid4(), customer_id=uuid4(), by=by, resolved_at=datetime.now(UTC))


@dataclass
class Platform:
    """The subscriptions and the sender of the house, driven by hand."""

    house: House

    async def hear(
        self, *events: Contract, tenant: str = "acme", ids: list[UUID] | None = None, by: Notifier | None = None
    ) -> list[UUID]:
        wanted = (by or self.house.notifier).wanted
        table = platform_subscriptions(PostgresPlatformLog, PostgresRegistry, wanted, lambda: None)
        (subscription,) = [one for one in table if one.topic is CASE_EVENTS]
        made = ids or [uuid4() for _ in events]
        envelopes = [
            Envelope(id, tenant, "case-store", datetime.now(UTC), event) for id, event in zip(made, events, strict=True)
        ]
        batch = [Delivery(one, "case.events", 0, n) for n, one in enumerate(envelopes)]
        async with self.house.transactions.begin(SYSTEM_TENANT) as work:
            await subscription.processors(0).handle(batch, work)
        return made

    async def rounds(self, by: Notifier | None = None) -> None:
        """Until nothing is due any more."""
        sender = (by or self.house.notifier).platform
        before = -1
        while before != (before := await self.house.value("SELECT sum(lease_epoch)::bigint FROM webhook_endpoint")):
            async with asyncio.TaskGroup() as turns:
                await sender.round(turns)

    async def later(self, by: timedelta) -> None:
        await self.house.database.system.execute(
            """UPDATE webhook_endpoint SET next_attempt_at = next_attempt_at - $1::interval,
               failing_since = failing_since - $1::interval, lease_until = lease_until - $1::interval""",
            by,
        )

    def seen(self, path: str = "/hooks") -> list[Seen]:
        return [one for one in self.house.provider.seen if one.path == path]

    def ids(self, path: str = "/hooks") -> list[UUID]:
        return [UUID(one.headers["webhook-id"]) for one in self.seen(path)]

    async def endpoint(self, id: str = "crm") -> dict[str, Any]:
        answer = await self.house.api.get(f"/v1/webhook-endpoints/{id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, what: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return await self.house.api.post(
            f"/v1/webhook-endpoints/crm/{what}", json=body, headers={"idempotency-key": uuid4().hex} | headers
        )

    def disabled(self) -> list[EndpointDisabled]:
        return [one for one in self.house.told() if isinstance(one, EndpointDisabled)]


def failing(path: str, status: int = 500, **headers: str) -> Callable[[Seen], Answer]:
    return lambda seen: Answer(status, headers=headers) if seen.path == path else Answer()
