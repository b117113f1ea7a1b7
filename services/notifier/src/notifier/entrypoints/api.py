"""Deliveries for operators: look, send again, settle."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.delivery import State
from notifier.entrypoints import examples
from notifier.entrypoints.examples import list_of
from notifier.entrypoints.views import DeliveryDetail, DeliveryView, Settle, StateName, delivery_view, detail
from notifier.handlers.ports import Deliveries, Delivery, Routes, Stores
from notifier.handlers.redrive_delivery import approve_delivery, redrive_delivery, settle_delivery
from runtime.api import (
    IdempotencyKey,
    Page,
    PageCursor,
    PageLimit,
    Principal,
    Reply,
    idempotent,
    page,
    read_cursor,
    requires,
)
from runtime.errors import NotFound
from runtime.unit_of_work import Transactions, UnitOfWork

Reader = Annotated[Principal, requires("deliveries:read")]
Writer = Annotated[Principal, requires("deliveries:write")]
Approver = Annotated[Principal, requires("deliveries:approve")]


Readers = Callable[[Any, str], Deliveries]
"""The store on a read-only connection of a tenant."""


class After(NamedTuple):
    sequence: int


def deliveries_router(
    transactions: Transactions, stores: Stores, readers: Readers, routes: Routes, wake: Callable[[], None]
) -> APIRouter:
    router = APIRouter(prefix="/v1/deliveries", tags=["deliveries"])

    @router.get("", responses=list_of(examples.DELIVERY))
    async def list_deliveries(
        caller: Reader, state: StateName | None = None, cursor: PageCursor = None, limit: PageLimit = 50
    ) -> Page[DeliveryView]:
        """In the order in which they were asked for. `state=dead` is the list to redrive."""
        after = read_cursor(cursor, After) or After(0)
        async with transactions.read(caller.tenant) as connection:
            store = readers(connection, caller.tenant)
            found = await store.listed(State(state) if state else None, after.sequence, limit + 1)
        places = {delivery.id: After(delivery.sequence) for delivery in found}
        return page([delivery_view(one) for one in found], limit, lambda view: places[view.id])

    @router.get("/{delivery_id}")
    async def get_delivery(caller: Reader, delivery_id: UUID) -> DeliveryDetail:
        """With every attempt that was made."""
        async with transactions.read(caller.tenant) as connection:
            store = readers(connection, caller.tenant)
            delivery = await store.get(delivery_id)
            if delivery is None:
                raise NotFound("delivery", delivery_id)
            return detail(delivery, await store.attempts(delivery_id))

    _commands(router, transactions, stores, routes, wake)
    return router


def _commands(
    router: APIRouter, transactions: Transactions, stores: Stores, routes: Routes, wake: Callable[[], None]
) -> None:
    async def command(
        caller: Principal, key: str | None, route: str, body: bytes, act: Callable[[UnitOfWork], Awaitable[Delivery]]
    ) -> Response:
        async with transactions.begin(caller.tenant) as work:

            async def produce() -> Reply:
                delivery = await act(work)
                attempts = await stores(work).attempts(delivery.id)
                return Reply(200, detail(delivery, attempts).model_dump(mode="json"))

            reply = await idempotent(work, caller, key, route, body, produce)
            work.after_commit(wake)
        return reply.response()

    @router.post("/{delivery_id}/redrive", response_model=DeliveryDetail)
    async def redrive(caller: Writer, delivery_id: UUID, key: IdempotencyKey) -> Response:
        """Send a dead, failed, expired or held delivery again. A held one may then be seen twice."""

        async def act(work: UnitOfWork) -> Delivery:
            return await redrive_delivery(delivery_id, stores(work), work, routes)

        return await command(caller, key, f"POST /v1/deliveries/{delivery_id}/redrive", b"", act)

    @router.post("/{delivery_id}/approve", response_model=DeliveryDetail)
    async def approve(caller: Approver, delivery_id: UUID, key: IdempotencyKey) -> Response:
        """Let an answer leave that everybody will be able to read. To refuse it, settle it as failed."""

        async def act(work: UnitOfWork) -> Delivery:
            return await approve_delivery(delivery_id, caller.agent_id or caller.subject, stores(work), work, routes)

        return await command(caller, key, f"POST /v1/deliveries/{delivery_id}/approve", b"", act)

    @router.post("/{delivery_id}/settle", response_model=DeliveryDetail)
    async def settle(caller: Writer, delivery_id: UUID, body: Settle, key: IdempotencyKey) -> Response:
        """Say what became of a held delivery, after looking at the provider's console or asking the customer."""

        async def act(work: UnitOfWork) -> Delivery:
            return await settle_delivery(delivery_id, body.outcome, stores(work), work)

        route = f"POST /v1/deliveries/{delivery_id}/settle"
        return await command(caller, key, route, body.model_dump_json().encode(), act)
