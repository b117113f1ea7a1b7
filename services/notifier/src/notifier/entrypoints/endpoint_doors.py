"""What every route of the webhook endpoints needs, and how a command on one begins and ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path

from notifier.domain.endpoint import Endpoint
from notifier.entrypoints.endpoint_views import detail
from notifier.handlers.platform_ports import PlatformLog, PlatformLogs, Poster, Subscribed, Subscriptions
from notifier.handlers.register_endpoint import Books
from notifier.handlers.registered import subscribed
from notifier.handlers.registry_ports import CheckUrl, Registries, Registry, Sealing
from runtime.api import Principal, Reply, idempotent, requires
from runtime.errors import NotFound
from runtime.ports import Clock, Ids
from runtime.unit_of_work import Transactions, UnitOfWork

Reads = Annotated[Principal, requires("webhooks:read")]
Writes = Annotated[Principal, requires("webhooks:write")]
EndpointId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="of a registered endpoint, or a configured one's name")
]
Change = Callable[[Endpoint, PlatformLog, UnitOfWork], Awaitable[Endpoint]]
ROUTE = "/v1/webhook-endpoints"


@dataclass(frozen=True, slots=True)
class EndpointDoors:
    """`view` makes of a read-only connection what the stores read from."""

    transactions: Transactions
    logs: PlatformLogs
    registries: Registries
    view: Callable[[Any, str], Any]
    known: Subscriptions
    wake: Callable[[], None]
    poster: Poster
    sealing: Sealing
    check_url: CheckUrl
    new_secret: Callable[[], str]
    ids: Ids
    clock: Clock

    @asynccontextmanager
    async def reading(self, caller: Principal) -> AsyncIterator[tuple[PlatformLog, Registry]]:
        async with self.transactions.read(caller.tenant) as connection:
            view = self.view(connection, caller.tenant)
            yield self.logs(view), self.registries(view)

    async def named(self, caller: Principal, id: str, registry: Registry) -> Subscribed:
        found = await subscribed(caller.tenant, id, self.known, registry)
        if found is None:
            raise NotFound("webhook_endpoint", id)
        return found

    def books(self, work: UnitOfWork) -> Books:
        return Books(self.registries(work), self.logs(work), self.sealing, work, self.new_secret)

    async def command(
        self, caller: Principal, key: str | None, route: str, said: bytes, act: Callable[[UnitOfWork], Awaitable[Reply]]
    ) -> Reply:
        """One request, one transaction, once per Idempotency-Key."""
        async with self.transactions.begin(caller.tenant) as work:
            reply = await idempotent(work, caller, key, route, said, lambda: act(work))
            work.after_commit(self.wake)
        return reply

    async def change(
        self,
        caller: Principal,
        id: str,
        what: str,
        key: str | None,
        said: bytes,
        change: Callable[[Subscribed], Change],
    ) -> Reply:
        """Whoever sends to the endpoint at this moment loses its turn; what that turn sent may be sent again."""

        async def act(work: UnitOfWork) -> Reply:
            log = self.logs(work)
            named = await self.named(caller, id, self.registries(work))
            await log.ensure(caller.tenant, [id])
            endpoint = await log.endpoint(caller.tenant, id, lock=True)
            if endpoint is None:
                raise NotFound("webhook_endpoint", id)
            await log.put(caller.tenant, await change(named)(endpoint, log, work))
            return Reply(200, (await detail(named, log, caller, work.now)).model_dump(mode="json"))

        return await self.command(caller, key, f"POST {ROUTE}/{id}/{what}", said, act)
