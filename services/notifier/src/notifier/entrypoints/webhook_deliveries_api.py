"""Each event's fate at one endpoint, one of them told again; and what everybody may know: the events and the schedule."""

from datetime import timedelta
from typing import Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from contracts.base import Instant
from contracts.subscribable import SUBSCRIBABLE
from notifier.domain.endpoint import DISABLED_AFTER, STEPS, Endpoint
from notifier.entrypoints import examples
from notifier.entrypoints.endpoint_doors import ROUTE, Change, EndpointDoors, EndpointId, Reads, Writes
from notifier.entrypoints.endpoint_views import AttemptView, EndpointDetail, attempt_view
from notifier.entrypoints.examples import like, list_of
from notifier.handlers.change_endpoint import replay_delivery
from notifier.handlers.platform_ports import DeliveryStatus, EventDelivery, PlatformLog, Subscribed, WantedDeliveries
from runtime.api import IdempotencyKey, Page, PageCursor, PageLimit, page, read_cursor
from runtime.errors import NotFound
from runtime.unit_of_work import UnitOfWork

StatusName = Literal["delivered", "retrying", "waiting", "given_up", "skipped"]
_KEPT = timedelta(days=14)


class WebhookDeliveryView(BaseModel):
    """`waiting` ones have their turn after the one that is `retrying`; `skipped` was passed over when the endpoint was enabled."""

    event_id: UUID = Field(description="its webhook-id")
    type: str
    at: Instant
    status: StatusName
    attempts_made: int
    last_attempt: AttemptView | None = None
    next_attempt_at: Instant | None = Field(default=None, description="of one that is retrying")


class WebhookDeliveryDetail(WebhookDeliveryView):
    model_config = like(examples.WEBHOOK_DELIVERY_DETAIL)

    attempts: list[AttemptView]


class ScheduleView(BaseModel):
    """The waits after an event's first, second … failed attempt; after the last it is given up and the next follows."""

    model_config = like(examples.SCHEDULE)

    waits: list[timedelta]
    together: timedelta
    retry_after_at_most: timedelta = Field(description="a receiver's Retry-After is honoured up to this, where longer")
    disabled_after: timedelta = Field(description="of failures without a success")
    kept_for: timedelta = Field(description="events can be replayed for so long")


class TopicView(BaseModel):
    topic: str
    events: list[str]


class SubscribableView(BaseModel):
    model_config = like(examples.SUBSCRIBABLE_EVENTS)

    items: list[TopicView]


class _Before(NamedTuple):
    position: int


def webhook_deliveries_router(doors: EndpointDoors) -> APIRouter:
    router = APIRouter(prefix=f"{ROUTE}/{{endpoint_id}}/deliveries", tags=["webhook endpoints"])

    @router.get("", responses=list_of(examples.WEBHOOK_DELIVERY))
    async def list_webhook_deliveries(
        caller: Reads,
        endpoint_id: EndpointId,
        status: StatusName | None = None,
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> Page[WebhookDeliveryView]:
        """The newest first, of 14 days and since the endpoint began."""
        after = read_cursor(cursor, _Before)
        wanted = WantedDeliveries(
            limit + 1, after.position if after else None, DeliveryStatus(status) if status else None
        )
        async with doors.reading(caller) as (log, registry):
            named = await doors.named(caller, endpoint_id, registry)
            found = await log.deliveries(caller.tenant, endpoint_id, named.types, wanted)
            endpoint = await log.endpoint(caller.tenant, endpoint_id)
        places = {one.event_id: _Before(one.position) for one in found}
        return page([_view(one, endpoint) for one in found], limit, lambda view: places[view.event_id])

    @router.get("/{event_id}")
    async def get_webhook_delivery(caller: Reads, endpoint_id: EndpointId, event_id: UUID) -> WebhookDeliveryDetail:
        """With every attempt of 14 days, and what each was answered."""
        async with doors.reading(caller) as (log, registry):
            named = await doors.named(caller, endpoint_id, registry)
            found = await _one(log, caller.tenant, named, event_id)
            view = _view(found, await log.endpoint(caller.tenant, endpoint_id))
            attempts = await log.attempts(caller.tenant, endpoint_id, event_id)
        return WebhookDeliveryDetail(**view.model_dump(), attempts=[attempt_view(one) for one in attempts])

    _add_replay(router, doors)
    return router


def _add_replay(router: APIRouter, doors: EndpointDoors) -> None:
    @router.post("/{event_id}/replay", response_model=EndpointDetail)
    async def replay_webhook_delivery(
        caller: Writes, endpoint_id: EndpointId, event_id: UUID, key: IdempotencyKey
    ) -> Response:
        """That event again, under its old webhook-id, before anything else. 409 `delivery_open` for one that is still to come."""

        def change_of(named: Subscribed) -> Change:
            async def change(endpoint: Endpoint, log: PlatformLog, work: UnitOfWork) -> Endpoint:
                return replay_delivery(endpoint, await _one(log, work.tenant, named, event_id), work)

            return change

        what = f"deliveries/{event_id}/replay"
        return (await doors.change(caller, endpoint_id, what, key, b"", change_of)).response()


def webhook_facts_router() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["webhook endpoints"])

    @router.get("/webhook-events")
    async def list_webhook_events(caller: Reads) -> SubscribableView:
        """What an endpoint can subscribe to; a topic's name means all its events, later ones too."""
        topics = [TopicView(topic=topic.name, events=sorted(topic.events)) for topic in SUBSCRIBABLE]
        return SubscribableView(items=topics)

    @router.get("/webhook-schedule")
    async def get_webhook_schedule(caller: Reads) -> ScheduleView:
        """When an event that was not taken is sent again."""
        return ScheduleView(
            waits=list(STEPS),
            together=sum(STEPS, timedelta()),
            retry_after_at_most=timedelta(hours=1),
            disabled_after=DISABLED_AFTER,
            kept_for=_KEPT,
        )

    return router


async def _one(log: PlatformLog, tenant: str, named: Subscribed, event_id: UUID) -> EventDelivery:
    found = await log.deliveries(tenant, named.id, named.types, WantedDeliveries(1, event_id=event_id))
    if not found:
        raise NotFound("webhook_delivery", event_id)
    return found[0]


def _view(one: EventDelivery, endpoint: Endpoint | None) -> WebhookDeliveryView:
    is_next = endpoint is not None and one.status is DeliveryStatus.RETRYING
    return WebhookDeliveryView(
        event_id=one.event_id,
        type=one.type,
        at=one.at,
        status=one.status.value,
        attempts_made=one.attempts,
        last_attempt=attempt_view(one.last) if one.last else None,
        next_attempt_at=endpoint.next_attempt_at if is_next and endpoint else None,
    )
