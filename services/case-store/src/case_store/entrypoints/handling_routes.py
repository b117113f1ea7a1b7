"""What agents and their tools see and do of conversations that a bot had."""

from typing import Annotated, Protocol
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from case_store.domain.handling import Handling
from case_store.entrypoints.bot_requests import EmptyBody
from case_store.entrypoints.bot_routes import Latest
from case_store.entrypoints.doors import Doors, IfMatch, author_of, expected_revision
from case_store.entrypoints.handling_state import handling_reply
from case_store.handlers.bot_views import ConversationView, HandlingView
from case_store.handlers.give_back import give_back_case
from case_store.handlers.ports import Work
from case_store.handlers.take_over import take_case
from contracts.values import Author
from runtime.api import IdempotencyKey, Principal, Reply, requires
from runtime.errors import NotFound

Writer = Annotated[Principal, requires("cases:write")]


class PassOn(Protocol):
    async def __call__(self, case_id: UUID, by: Author, work: Work, /, *, revision: int | None) -> Handling: ...


def handling_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1/cases", tags=["bots"])

    @router.get("/{case_id}/handling")
    async def show_handling(
        case_id: UUID, caller: Annotated[Principal, requires("cases:read")], messages: Latest = 20
    ) -> ConversationView:
        """What a bot left to people: its summary and fields in `handover`, and the latest messages. 404 `handling_not_found` for a
        case that no bot has served.
        """
        async with doors.read_bots(caller) as reader:
            view = await reader.conversation(case_id, messages)
        if view is None:
            raise NotFound("handling", case_id)
        return view

    @router.post("/{case_id}/handling/take", response_model=HandlingView)
    async def take_from_bot(
        case_id: UUID, caller: Writer, key: IdempotencyKey, body: EmptyBody | None = None, if_match: IfMatch = None
    ) -> Response:
        """The calling agent takes the conversation from the bot before having written a word, and the router gives them its work if it
        can. 409 `not_with_bot` in any other state: what waits in a queue is picked there.
        """
        return await passed("take", take_case, case_id, caller, key, if_match)

    @router.post("/{case_id}/handling/give-back", response_model=HandlingView)
    async def give_to_bot(
        case_id: UUID, caller: Writer, key: IdempotencyKey, body: EmptyBody | None = None, if_match: IfMatch = None
    ) -> Response:
        """The bot takes the conversation back from the agent, whose work ends. 409 `not_with_agent` in any other state."""
        return await passed("give-back", give_back_case, case_id, caller, key, if_match)

    async def passed(
        what: str, pass_on: PassOn, case_id: UUID, caller: Principal, key: str | None, if_match: str | None
    ) -> Response:
        revision = expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return handling_reply(await pass_on(case_id, author_of(caller), work, revision=revision))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/handling/{what}", EmptyBody(), produce)

    return router
