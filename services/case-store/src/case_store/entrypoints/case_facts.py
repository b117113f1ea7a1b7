"""What is known of a case, and that two are one."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from case_store.entrypoints.case_state import state
from case_store.entrypoints.doors import Doors, IfMatch, author_of, expected_revision, set_only
from case_store.entrypoints.requests import CaseBody, MergeBody
from case_store.handlers.change_case import CaseChange, change_case
from case_store.handlers.merge_case import MergeCase, merge_case
from case_store.handlers.ports import Work
from case_store.handlers.views import CaseState
from runtime.api import IdempotencyKey, Principal, Reply, requires


def fact_routes(router: APIRouter, doors: Doors) -> None:
    @router.patch("/{case_id}", response_model=CaseState)
    async def change_facts(
        case_id: UUID,
        body: CaseBody,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        if_match: IfMatch = None,
    ) -> Response:
        """The router hears of it: SLA policies are selected anew, tags may pause clocks, waiting work moves by priority."""
        wanted = cast(CaseChange, body.model_dump(exclude_unset=True))
        revision = expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return state(await change_case(case_id, wanted, author_of(caller), work, revision=revision))

        return await doors.command(caller, key, f"PATCH /v1/cases/{case_id}", set_only(body), produce)

    @router.post("/{case_id}/merge", response_model=CaseState)
    async def merge(
        case_id: UUID,
        body: MergeBody,
        caller: Annotated[Principal, requires("cases:write")],
        key: IdempotencyKey,
        if_match: IfMatch = None,
    ) -> Response:
        """History and conversations follow, the older start of each SLA metric holds, the other case keeps its facts.

        Of two customers' cases only with `merge_customers`, else 409 `different_customers`: all that is theirs is then one's.
        """
        command = MergeCase(
            case_id=case_id,
            into=body.into,
            by=author_of(caller),
            merge_customers=body.merge_customers,
            revision=expected_revision(if_match),
        )

        async def produce(work: Work) -> Reply:
            return state(await merge_case(command, work))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/merge", body, produce)
