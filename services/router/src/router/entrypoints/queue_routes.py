from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Path

from router.domain.engine import Engine
from router.entrypoints.doors import Doors
from router.entrypoints.problem_table import reading
from router.handlers.examples import WAITING_EXAMPLE
from router.handlers.instants import instant
from router.handlers.now_views import ListNow
from router.handlers.queue_views import QueuesShown, show_queue
from router.handlers.views import WorkShown, show_work
from runtime.api import PageCursor, PageLimit, Principal, page, read_cursor, requires
from runtime.errors import NotFound

QueueId = Annotated[str, Path(min_length=1, max_length=63, pattern=r"^[a-z0-9_-]+$", examples=["returns"])]


class _After(NamedTuple):
    queued_at: datetime
    case_id: UUID


def queue_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/queues", tags=["queues"])

    @router.get("", responses=reading("tenant_not_configured"))
    async def list_queues(caller: Annotated[Principal, requires("routing:read")]) -> QueuesShown:
        """Waiting, oldest wait, agents, occupancy; service level, abandoned and missed offers of the last 15 min, hour, day."""
        config = doors.config_of(caller)
        shown = await doors.now(caller, _live)
        if shown is not None:
            return shown
        async with doors.read(caller) as reader:
            queues = await reader.queues([queue.id for queue in config.queues])
        return QueuesShown(as_of=doors.clock.now(), live=False, queues=tuple(queues))

    @router.get(
        "/{queue_id}/work",
        responses=reading("bad_cursor", "queue_not_found", "tenant_not_configured", example=WAITING_EXAMPLE),
    )
    async def list_waiting_work(
        queue_id: QueueId,
        caller: Annotated[Principal, requires("routing:read")],
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> ListNow[WorkShown]:
        """What waits here, the longest waiting first; from the store."""
        if queue_id not in {queue.id for queue in doors.config_of(caller).queues}:
            raise NotFound("queue", queue_id)
        after = read_cursor(cursor, _After)
        async with doors.read(caller) as reader:
            found = await reader.waiting(queue_id, (after.queued_at, after.case_id) if after else None, limit + 1)
        shown = page(list(map(show_work, found)), limit, lambda work: _After(work.queued_at, work.case_id))
        return ListNow(items=shown.items, next=shown.next, live=False, as_of=doors.clock.now())

    return router


def _live(engine: Engine, now: int) -> QueuesShown:
    queues = tuple(map(show_queue, engine.queue_view(now)))
    return QueuesShown(as_of=instant(now), live=True, queues=queues)
