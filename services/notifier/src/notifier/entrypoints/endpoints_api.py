"""The endpoints of tenants' own systems: how they fare, enabled again, an earlier time told again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from contracts.config import WebhookSubscription
from notifier.domain.endpoint import Endpoint
from notifier.entrypoints.endpoint_views import Enable, EndpointDetail, EndpointList, Replay, detail, view_of
from notifier.handlers.change_endpoint import disable_endpoint, enable_endpoint, replay_endpoint
from notifier.handlers.platform_ports import PlatformLog, PlatformLogs, Subscriptions
from runtime.api import IdempotencyKey, Principal, Reply, Request, idempotent, requires
from runtime.errors import NotFound
from runtime.unit_of_work import Transactions, UnitOfWork

Reader = Annotated[Principal, requires("deliveries:read")]
Writer = Annotated[Principal, requires("deliveries:write")]
SubscriptionId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Readers = Callable[[Any, str], PlatformLog]
_Act = Callable[[Endpoint, PlatformLog, UnitOfWork], Awaitable[Endpoint]]


def endpoints_router(
    transactions: Transactions, logs: PlatformLogs, readers: Readers, wanted: Subscriptions, wake: Callable[[], None]
) -> APIRouter:
    router = APIRouter(prefix="/v1/endpoints", tags=["endpoints"])
    _add_reads(router, transactions, readers, wanted)
    _add_commands(router, _Commands(transactions, logs, wanted, wake))
    return router


def _add_reads(router: APIRouter, transactions: Transactions, readers: Readers, wanted: Subscriptions) -> None:
    @router.get("")
    async def list_endpoints(caller: Reader) -> EndpointList:
        """One for each enabled subscription of the tenant's configuration."""
        async with transactions.read(caller.tenant) as connection:
            log = readers(connection, caller.tenant)
            last = await log.last(caller.tenant)
            subscriptions = wanted.of(caller.tenant).values()
            items = [view_of(one, await log.endpoint(caller.tenant, one.id), last) for one in subscriptions]
        return EndpointList(items=items)

    @router.get("/{subscription}")
    async def get_endpoint(caller: Reader, subscription: SubscriptionId) -> EndpointDetail:
        """With the latest 50 failures."""
        named = _named(wanted, caller, subscription)
        async with transactions.read(caller.tenant) as connection:
            return await detail(named, readers(connection, caller.tenant), caller)


def _add_commands(router: APIRouter, commands: "_Commands") -> None:
    @router.post("/{subscription}/enable", response_model=EndpointDetail)
    async def enable(caller: Writer, subscription: SubscriptionId, body: Enable, key: IdempotencyKey) -> Response:
        """After `disabled` or `gone`: a fresh schedule, at once."""

        async def act(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
            return await enable_endpoint(endpoint, log, work, skip=body.resume == "now")

        return await commands.run(caller, subscription, "enable", key, body, act)

    @router.post("/{subscription}/disable", response_model=EndpointDetail)
    async def disable(caller: Writer, subscription: SubscriptionId, key: IdempotencyKey) -> Response:
        """Nothing is sent until it is enabled again."""
        named = _named(commands.wanted, caller, subscription)

        async def act(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
            return disable_endpoint(endpoint, named, work)

        return await commands.run(caller, subscription, "disable", key, None, act)

    @router.post("/{subscription}/replay", response_model=EndpointDetail)
    async def replay(caller: Writer, subscription: SubscriptionId, body: Replay, key: IdempotencyKey) -> Response:
        """Of what is kept, 14 days. One at a time (409 `replay_running`); a time without events is 422 `nothing_kept`."""

        async def act(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
            return await replay_endpoint(endpoint, log, work, body.from_, body.to)

        return await commands.run(caller, subscription, "replay", key, body, act)


def _named(wanted: Subscriptions, caller: Principal, id: str) -> WebhookSubscription:
    found = wanted.of(caller.tenant).get(id)
    if found is None:
        raise NotFound("subscription", id)
    return found


@dataclass(frozen=True, slots=True)
class _Commands:
    transactions: Transactions
    logs: PlatformLogs
    wanted: Subscriptions
    wake: Callable[[], None]

    async def run(
        self, caller: Principal, id: str, what: str, key: str | None, body: Request | None, act: _Act
    ) -> Response:
        """Whoever sends to the endpoint at this moment loses its turn; what that turn sent may be sent again."""
        named = _named(self.wanted, caller, id)
        async with self.transactions.begin(caller.tenant) as work:

            async def produce() -> Reply:
                log = self.logs(work)
                await log.ensure(caller.tenant, [id])
                endpoint = await log.endpoint(caller.tenant, id, lock=True)
                if endpoint is None:
                    raise NotFound("subscription", id)
                await log.put(caller.tenant, await act(endpoint, log, work))
                return Reply(200, (await detail(named, log, caller)).model_dump(mode="json"))

            said = body.model_dump_json(by_alias=True).encode() if body else b""
            reply = await idempotent(work, caller, key, f"POST /v1/endpoints/{id}/{what}", said, produce)
            work.after_commit(self.wake)
        return reply.response()
