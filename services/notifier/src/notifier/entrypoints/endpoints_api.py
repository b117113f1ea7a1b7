"""Webhook endpoints, configured or registered: how they fare, disabled, enabled again, an earlier time told again."""

from typing import NamedTuple

from fastapi import APIRouter
from starlette.responses import Response

from notifier.domain.endpoint import Endpoint
from notifier.entrypoints import examples
from notifier.entrypoints.endpoint_doors import ROUTE, Change, EndpointDoors, EndpointId, Reads, Writes
from notifier.entrypoints.endpoint_requests import Enable, Replay
from notifier.entrypoints.endpoint_views import EndpointDetail, EndpointView, detail, view_of
from notifier.entrypoints.examples import list_of
from notifier.handlers.change_endpoint import disable_endpoint, enable_endpoint, replay_endpoint
from notifier.handlers.platform_ports import PlatformLog, Subscribed
from notifier.handlers.registered import all_subscribed
from runtime.api import IdempotencyKey, Page, PageCursor, PageLimit, page, read_cursor
from runtime.unit_of_work import UnitOfWork


class _After(NamedTuple):
    registered: bool
    id: str


def endpoints_router(doors: EndpointDoors) -> APIRouter:
    router = APIRouter(prefix=ROUTE, tags=["webhook endpoints"])
    _add_reads(router, doors)
    _add_commands(router, doors)
    return router


def _add_reads(router: APIRouter, doors: EndpointDoors) -> None:
    @router.get("", responses=list_of(examples.ENDPOINT))
    async def list_webhook_endpoints(
        caller: Reads, cursor: PageCursor = None, limit: PageLimit = 50
    ) -> Page[EndpointView]:
        """The enabled subscriptions of the configuration by name, then the registered ones, the oldest first."""
        after = read_cursor(cursor, _After)
        async with doors.reading(caller) as (log, registry):
            found = await all_subscribed(caller.tenant, doors.known, registry)
            rest = [one for one in found if after is None or _place(one) > after]
            last = await log.last(caller.tenant)
            views = [view_of(one, await log.endpoint(caller.tenant, one.id), last) for one in rest[: limit + 1]]
        return page(views, limit, lambda view: _After(view.origin == "registered", view.id))

    @router.get("/{endpoint_id}")
    async def get_webhook_endpoint(caller: Reads, endpoint_id: EndpointId) -> EndpointDetail:
        """With its live secrets' dates and the latest 50 failures."""
        async with doors.reading(caller) as (log, registry):
            named = await doors.named(caller, endpoint_id, registry)
            return await detail(named, log, caller, doors.clock.now())


def _add_commands(router: APIRouter, doors: EndpointDoors) -> None:
    @router.post("/{endpoint_id}/enable", response_model=EndpointDetail)
    async def enable_webhook_endpoint(
        caller: Writes, endpoint_id: EndpointId, body: Enable, key: IdempotencyKey
    ) -> Response:
        """After `disabled` or `gone`: a fresh schedule, at once."""

        async def change(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
            return await enable_endpoint(endpoint, log, work, skip=body.resume == "now")

        said = body.model_dump_json().encode()
        return (await doors.change(caller, endpoint_id, "enable", key, said, lambda _: change)).response()

    @router.post("/{endpoint_id}/disable", response_model=EndpointDetail)
    async def disable_webhook_endpoint(caller: Writes, endpoint_id: EndpointId, key: IdempotencyKey) -> Response:
        """Nothing is sent until it is enabled again; what happens meanwhile is kept for 14 days."""

        def change_of(named: Subscribed) -> Change:
            async def change(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
                return disable_endpoint(endpoint, named, work)

            return change

        return (await doors.change(caller, endpoint_id, "disable", key, b"", change_of)).response()

    @router.post("/{endpoint_id}/replay", response_model=EndpointDetail)
    async def replay_webhook_endpoint(
        caller: Writes, endpoint_id: EndpointId, body: Replay, key: IdempotencyKey
    ) -> Response:
        """Of what is kept, 14 days. One at a time (409 `replay_running`); a time without events is 422 `nothing_kept`."""

        async def change(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
            return await replay_endpoint(endpoint, log, work, body.from_, body.to)

        said = body.model_dump_json(by_alias=True).encode()
        return (await doors.change(caller, endpoint_id, "replay", key, said, lambda _: change)).response()


def _place(one: Subscribed) -> _After:
    return _After(one.registered is not None, one.id)
