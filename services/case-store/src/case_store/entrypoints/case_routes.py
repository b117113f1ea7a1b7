from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from case_store.entrypoints.case_facts import fact_routes
from case_store.entrypoints.case_life import life_routes
from case_store.entrypoints.doors import Doors, etag
from case_store.entrypoints.requests import PauseReason, Word
from case_store.handlers import examples
from case_store.handlers.examples import page_of
from case_store.handlers.show_reply_paths import show_reply_paths
from case_store.handlers.views import CaseFilter, CaseView, ReplyPathView, TimelineView
from runtime.api import Page, PageCursor, PageLimit, Principal, page, read_cursor, requires
from runtime.errors import NotFound


class _Before(NamedTuple):
    id: UUID


class _After(NamedTuple):
    position: int


def case_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["cases"])
    _reads(router, doors)
    life_routes(router, doors)
    fact_routes(router, doors)
    return router


def _reads(router: APIRouter, doors: Doors) -> None:
    @router.get("", responses=page_of(examples.CASE))
    async def list_cases(
        caller: Annotated[Principal, requires("cases:read")],
        customer_id: UUID | None = None,
        status: Literal["open", "resolved", "merged"] | None = None,
        agent_id: Annotated[Word | None, Query()] = None,
        paused: Annotated[PauseReason | None, Query(description="that waits for this, as on_hold")] = None,
        handling: Annotated[
            Literal["bot", "queued", "agent"] | None, Query(description="of a bot's case: who has it now")
        ] = None,
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> Page[CaseView]:
        """The youngest first."""
        before = read_cursor(cursor, _Before)
        wanted = CaseFilter(customer_id, status, agent_id, paused, handling)
        async with doors.read(caller) as reader:
            found = await reader.cases(wanted, before.id if before else None, limit + 1)
        return page(found, limit, lambda case: _Before(case.id))

    @router.get("/{case_id}")
    async def show_case(
        case_id: UUID, response: Response, caller: Annotated[Principal, requires("cases:read")]
    ) -> CaseView:
        """With its ETag. `routing` is a copy of what the router told last."""
        async with doors.read(caller) as reader:
            case = await reader.case(case_id)
        if case is None:
            raise NotFound("case", case_id)
        response.headers["etag"] = etag(case.revision)
        return case

    @router.get("/{case_id}/reply-paths", responses=page_of(examples.REPLY_PATH))
    async def list_reply_paths(
        case_id: UUID, caller: Annotated[Principal, requires("cases:read")]
    ) -> Page[ReplyPathView]:
        """Where a reply may leave at this moment, the first choice first, and what the agent should know of the others; all of them."""
        async with doors.read(caller) as reader:
            config = doors.configs.tenant(caller.tenant)
            paths = await show_reply_paths(case_id, reader, config, doors.clock.now())
        return Page(items=paths)

    @router.get("/{case_id}/timeline", responses=page_of(examples.ENTRY))
    async def list_timeline(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:read")],
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> Page[TimelineView]:
        """What happened, in the order in which it was heard of; ids and our own words, never what people said."""
        after = read_cursor(cursor, _After)
        async with doors.read(caller) as reader:
            if await reader.case(case_id) is None:
                raise NotFound("case", case_id)
            found = await reader.timeline(case_id, after.position if after else 0, limit + 1)
        return page(found, limit, lambda entry: _After(entry.position))
