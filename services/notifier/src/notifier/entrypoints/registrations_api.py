"""Webhook endpoints that integrators register themselves: made, changed, given a new secret, tried out, removed."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.registration import Registration
from notifier.entrypoints.endpoint_doors import ROUTE, EndpointDoors, EndpointId, Writes
from notifier.entrypoints.endpoint_requests import ChangeEndpoint, RegisterEndpoint, RotateSecret
from notifier.entrypoints.endpoint_views import EndpointDetail, EndpointWithSecret, detail
from notifier.entrypoints.ping_view import PingView, pinged
from notifier.handlers.platform_ports import LoggedEvent
from notifier.handlers.register_endpoint import (
    Asked,
    Books,
    change_registration,
    register_endpoint,
    remove_endpoint,
    rotate_secret,
)
from notifier.handlers.registered import of_registration
from notifier.handlers.registry_ports import place_of
from runtime.api import IdempotencyKey, Principal, Reply
from runtime.errors import NotFound, Refused
from runtime.ids import event_id
from runtime.unit_of_work import UnitOfWork

_Act = Callable[[Registration, Books, UnitOfWork], Awaitable[Reply]]


def registrations_router(doors: EndpointDoors) -> APIRouter:
    router = APIRouter(prefix=ROUTE, tags=["webhook endpoints"])
    _add_making(router, doors)
    _add_changes(router, doors)
    _add_ping(router, doors)
    return router


def _add_making(router: APIRouter, doors: EndpointDoors) -> None:
    @router.post("", status_code=201, response_model=EndpointWithSecret)
    async def register_webhook_endpoint(caller: Writes, body: RegisterEndpoint, key: IdempotencyKey) -> Response:
        """It hears of what happens from the answer on, and surely from two seconds after it. Keep the secret: it is shown here only."""
        await doors.check_url(body.url)
        asked = Asked(body.url, body.events, body.description)

        async def act(work: UnitOfWork) -> Reply:
            id = doors.ids.new()
            made = await register_endpoint(id, caller.agent_id or caller.subject, asked, doors.books(work))
            _tell(doors, work, made)
            return await _with_secret(doors, caller, work, made, 201)

        reply = await doors.command(caller, key, f"POST {ROUTE}", body.model_dump_json().encode(), act)
        return _opened(doors, caller, reply)

    @router.post("/{endpoint_id}/rotate-secret", response_model=EndpointWithSecret)
    async def rotate_webhook_secret(
        caller: Writes, endpoint_id: EndpointId, body: RotateSecret, key: IdempotencyKey
    ) -> Response:
        """Every request is signed with all live secrets, so a receiver may change over at any moment of the overlap."""

        async def act(registration: Registration, books: Books, work: UnitOfWork) -> Reply:
            changed = await rotate_secret(registration, body.overlap, books)
            return await _with_secret(doors, caller, work, changed, 200)

        route, said = f"POST {ROUTE}/{endpoint_id}/rotate-secret", body.model_dump_json().encode()
        reply = await doors.command(caller, key, route, said, _on(doors, caller, endpoint_id, act))
        return _opened(doors, caller, reply)


def _add_changes(router: APIRouter, doors: EndpointDoors) -> None:
    @router.patch("/{endpoint_id}", response_model=EndpointDetail)
    async def change_webhook_endpoint(
        caller: Writes, endpoint_id: EndpointId, body: ChangeEndpoint, key: IdempotencyKey
    ) -> Response:
        """Holds from the next request on; another URL is tried at once."""
        if body.url is not None:
            await doors.check_url(body.url)
        asked = Asked(body.url, body.events, body.description)

        async def act(registration: Registration, books: Books, work: UnitOfWork) -> Reply:
            changed = await change_registration(registration, asked, books)
            _tell(doors, work, changed)
            shown = await detail(of_registration(changed), books.log, caller, work.now)
            return Reply(200, shown.model_dump(mode="json"))

        route, text = f"PATCH {ROUTE}/{endpoint_id}", body.model_dump_json().encode()
        return (await doors.command(caller, key, route, text, _on(doors, caller, endpoint_id, act))).response()

    @router.delete("/{endpoint_id}", status_code=204)
    async def remove_webhook_endpoint(caller: Writes, endpoint_id: EndpointId) -> None:
        """What is under way may still arrive. Removing it again is 404."""

        async def act(registration: Registration, books: Books, work: UnitOfWork) -> Reply:
            await remove_endpoint(registration, books)
            work.after_commit(lambda: doors.known.learn(caller.tenant, endpoint_id, ()))
            return Reply(204, None)

        await doors.command(caller, None, f"DELETE {ROUTE}", b"", _on(doors, caller, endpoint_id, act))


def _add_ping(router: APIRouter, doors: EndpointDoors) -> None:
    @router.post("/{endpoint_id}/ping")
    async def ping_webhook_endpoint(caller: Writes, endpoint_id: EndpointId, key: IdempotencyKey) -> PingView:
        """One signed `webhook.ping`, now, and what it came to; disabled endpoints too. It counts for nothing and is not repeated.

        With an Idempotency-Key the webhook-id is made of it, so that your system knows a repetition.
        """
        async with doors.reading(caller) as (_, registry):
            named = await doors.named(caller, endpoint_id, registry)
        began = doors.clock.now()
        id = doors.ids.new() if key is None else event_id("webhook.ping", caller.tenant, endpoint_id, key)
        event = LoggedEvent(id, "webhook.ping", f'{{"endpoint_id":"{named.id}"}}', began)
        outcome = await doors.poster.post(caller.tenant, named, event)
        return pinged(id, outcome, doors.clock.now() - began)


def _on(doors: EndpointDoors, caller: Principal, id: str, act: _Act) -> Callable[[UnitOfWork], Awaitable[Reply]]:
    """On a registered endpoint, its row locked; a configured one is changed where it was written."""

    async def on(work: UnitOfWork) -> Reply:
        if id in doors.known.configured(caller.tenant):
            sentence = f"'{id}' is part of the tenant's configuration; change it there and apply it."
            raise Refused("endpoint_configured", sentence)
        books = doors.books(work)
        registration = await books.registry.get(caller.tenant, id, lock=True)
        if registration is None:
            raise NotFound("webhook_endpoint", id)
        return await act(registration, books, work)

    return on


def _tell(doors: EndpointDoors, work: UnitOfWork, registration: Registration) -> None:
    tenant = work.tenant
    work.after_commit(lambda: doors.known.learn(tenant, str(registration.id), registration.events))


async def _with_secret(
    doors: EndpointDoors, caller: Principal, work: UnitOfWork, registration: Registration, status: int
) -> Reply:
    """As it is kept for a repetition: the secret sealed."""
    shown = await detail(of_registration(registration), doors.logs(work), caller, work.now)
    return Reply(status, shown.model_dump(mode="json") | {"secret": registration.secrets[0].sealed})


def _opened(doors: EndpointDoors, caller: Principal, reply: Reply) -> Response:
    body: dict[str, Any] = reply.body
    secret = doors.sealing.open(body["secret"], place_of(caller.tenant, UUID(body["id"])))
    return Reply(reply.status, body | {"secret": secret}, reply.replayed).response()
