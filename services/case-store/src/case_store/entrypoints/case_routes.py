from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from case_store.domain.case import Case
from case_store.entrypoints.doors import Doors, IfMatch, author_of, etag, expected_revision
from case_store.entrypoints.requests import ReopenBody, ResolveBody, Word
from case_store.handlers.ports import Work
from case_store.handlers.reopen_case import reopen_case
from case_store.handlers.resolve_case import resolve_case
from case_store.handlers.views import CaseFilter, CaseView, TimelineView
from contracts.base import format_instant
from runtime.api import (
    IdempotencyKey,
    Page,
    PageCursor,
    PageLimit,
    Principal,
    Reply,
    page,
    read_cursor,
    requires,
)
from runtime.errors import NotFound


class _Before(NamedTuple):
    id: UUID


class _After(NamedTuple):
    position: int


def case_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["cases"])
    _reads(router, doors)
    _commands(router, doors)
    return router


def _reads(router: APIRouter, doors: Doors) -> None:
    @router.get("")
    async def list_cases(
        caller: Annotated[Principal, requires("cases:read")],
        customer_id: UUID | None = None,
        status: Literal["open", "resolved", "merged"] | None = None,
        agent_id: Annotated[Word | None, Query()] = None,
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> Page[CaseView]:
        before = read_cursor(cursor, _Before)
        wanted = CaseFilter(customer_id, status, agent_id)
        async with doors.read(caller) as reader:
            found = await reader.cases(wanted, before.id if before else None, limit + 1)
        return page(found, limit, lambda case: _Before(case.id))

    @router.get("/{case_id}")
    async def show_case(
        case_id: UUID, response: Response, caller: Annotated[Principal, requires("cases:read")]
    ) -> CaseView:
        async with doors.read(caller) as reader:
            case = await reader.case(case_id)
        if case is None:
            raise NotFound("case", case_id)
        response.headers["etag"] = etag(case.revision)
        return case

    @router.get("/{case_id}/timeline")
    async def list_timeline(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:read")],
        cursor: PageCursor = None,
        limit: PageLimit = 50,
    ) -> Page[TimelineView]:
        after = read_cursor(cursor, _After)
        async with doors.read(caller) as reader:
            if await reader.case(case_id) is None:
                raise NotFound("case", case_id)
            found = await reader.timeline(case_id, after.position if after else 0, limit + 1)
        return page(found, limit, lambda entry: _After(entry.position))


def _commands(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/resolve")
    async def resolve(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        body: ResolveBody | None = None,
        if_match: IfMatch = None,
    ) -> Response:
        asked, revision = body or ResolveBody(), expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return _state(await resolve_case(case_id, author_of(caller), work, reason=asked.reason, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/resolve", asked, produce)

    @router.post("/{case_id}/reopen")
    async def reopen(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        body: ReopenBody | None = None,
        if_match: IfMatch = None,
    ) -> Response:
        revision = expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return _state(await reopen_case(case_id, author_of(caller), work, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/reopen", body or ReopenBody(), produce)


def _state(case: Case) -> Reply:
    told = {
        "id": str(case.id),
        "customer_id": str(case.customer_id),
        "status": case.status.value,
        "resolved_at": format_instant(case.resolved_at) if case.resolved_at else None,
        "revision": case.revision,
    }
    return Reply(200, told)
