"""The ends and waits of a case."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from case_store.entrypoints.case_state import state
from case_store.entrypoints.doors import Doors, IfMatch, author_of, expected_revision
from case_store.entrypoints.requests import PauseBody, ReopenBody, ResolveBody, ResumeBody
from case_store.handlers.pause_case import pause_case
from case_store.handlers.ports import Work
from case_store.handlers.reopen_case import reopen_case
from case_store.handlers.resolve_case import resolve_case
from case_store.handlers.resume_case import resume_case
from case_store.handlers.views import CaseState
from runtime.api import IdempotencyKey, Principal, Reply, requires


def life_routes(router: APIRouter, doors: Doors) -> None:
    _ends(router, doors)
    _waits(router, doors)


def _ends(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/resolve", response_model=CaseState)
    async def resolve(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        body: ResolveBody | None = None,
        if_match: IfMatch = None,
    ) -> Response:
        """The reason is kept as `resolution`."""
        asked, revision = body or ResolveBody(), expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return state(await resolve_case(case_id, author_of(caller), work, reason=asked.reason, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/resolve", asked, produce)

    @router.post("/{case_id}/reopen", response_model=CaseState)
    async def reopen(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        body: ReopenBody | None = None,
        if_match: IfMatch = None,
    ) -> Response:
        """An agent is asked for again, at the age of the case. Refused with 409 `another_case_open` beside an open one."""
        revision = expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return state(await reopen_case(case_id, author_of(caller), work, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/reopen", body or ReopenBody(), produce)


def _waits(router: APIRouter, doors: Doors) -> None:
    @router.post("/{case_id}/pause", response_model=CaseState)
    async def pause(
        case_id: UUID,
        body: PauseBody,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        if_match: IfMatch = None,
    ) -> Response:
        """The SLA clocks that the policy pauses for this reason stand still. A reason that holds already changes nothing."""
        revision = expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return state(await pause_case(case_id, body.reason, author_of(caller), work, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/pause", body, produce)

    @router.post("/{case_id}/resume", response_model=CaseState)
    async def resume(
        case_id: UUID,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        body: ResumeBody | None = None,
        if_match: IfMatch = None,
    ) -> Response:
        """Refused with 409 `case_not_paused` when it does not wait for that."""
        asked, revision = body or ResumeBody(), expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return state(await resume_case(case_id, asked.reason, author_of(caller), work, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/resume", asked, produce)
