"""The bots' door: a token with the scopes `bots:act` and `bot:<id>` acts for that bot, on its own cases and no others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from case_store.entrypoints.attached import check_attached
from case_store.entrypoints.bot_figures import count_refusals, count_reply
from case_store.entrypoints.bot_requests import BotReplyBody, BotResolveBody, HandoverBody, LeaseBody
from case_store.entrypoints.case_state import state
from case_store.entrypoints.doors import Doors, needed
from case_store.entrypoints.handling_state import handling_reply, handling_view
from case_store.entrypoints.requests import SignalBody
from case_store.entrypoints.signal_routes import signalled
from case_store.handlers import bot_views
from case_store.handlers.bot_turns import bots_turn
from case_store.handlers.bot_views import BotRepliedView, ConversationView, HandlingView, TurnView
from case_store.handlers.examples import page_of
from case_store.handlers.hand_over import hand_over_case
from case_store.handlers.handlings import bot_author
from case_store.handlers.ports import Work
from case_store.handlers.renew_lease import renew_lease
from case_store.handlers.reply_as_bot import BotReplied, BotReply, reply_as_bot
from case_store.handlers.resolve_as_bot import resolve_as_bot
from case_store.handlers.views import CaseState, QueuedView, SignalledView
from runtime import telemetry
from runtime.api import IdempotencyKey, Page, Principal, Reply, requires
from runtime.errors import NotFound, Refused

ACTS: Final = "bots:act"
_SCOPE: Final = "bot:"
_LOOKS_EVERY_SECONDS: Final = 0.5
_LONGEST_WAIT_SECONDS: Final = 15
Bot = Annotated[Principal, requires(ACTS)]
Latest = Annotated[int, Query(ge=0, le=100, description="how many of the latest messages")]


def bot_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["bots"])
    _reads(router, doors)
    _says(router, doors)
    _ends(router, doors)
    return router


def bot_id_of(caller: Principal) -> str:
    named = sorted(scope.removeprefix(_SCOPE) for scope in caller.scopes if scope.startswith(_SCOPE))
    if len(named) != 1:
        raise Refused("scope_missing", "This needs the scope bot:<id> of one bot.", status=403)
    return named[0]


def _reads(router: APIRouter, doors: Doors) -> None:
    @router.get("/bots/{bot_id}/turns", responses=page_of(bot_views.TURN))
    async def list_turns(
        bot_id: str,
        caller: Bot,
        wait: Annotated[int, Query(ge=0, le=_LONGEST_WAIT_SECONDS, description="seconds until there is one")] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Page[TurnView]:
        """The conversations in which a customer waits for this bot, the longest wait first. One that was answered is gone from it,
        so there is no cursor and nothing to miss. Beside `BotAsked` by webhook, or instead of it.
        """
        if bot_id != bot_id_of(caller):
            raise Refused("scope_missing", f"This needs the scope bot:{bot_id}.", status=403)
        return Page(items=await _turns(doors, caller, bot_id, limit, wait))

    @router.get("/cases/{case_id}/bot")
    async def show_conversation(case_id: UUID, caller: Bot, messages: Latest = 20) -> ConversationView:
        """Of a case that is this bot's, or was its own last."""
        async with doors.read_bots(caller) as reader:
            view = await reader.conversation(case_id, messages)
        if view is None or view.bot_id != bot_id_of(caller):
            raise NotFound("case", case_id)
        return view


async def _turns(doors: Doors, caller: Principal, bot_id: str, limit: int, wait: float) -> Sequence[TurnView]:
    """No connection is held between two looks."""
    while True:
        async with doors.read_bots(caller) as reader:
            found = await reader.turns(bot_id, limit)
        if found or wait <= 0:
            return found
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        wait -= _LOOKS_EVERY_SECONDS


def _says(router: APIRouter, doors: Doors) -> None:
    @router.post("/cases/{case_id}/bot/replies", status_code=201, response_model=BotRepliedView)
    async def reply_as(case_id: UUID, body: BotReplyBody, caller: Bot, key: IdempotencyKey) -> Response:
        """Sent if nothing happened since the bot looked: else 409 `conversation_moved_on`, and nothing of it is sent.

        `Idempotency-Key` is required. When a trigger takes the conversation the answer is 200 with `handed_over`.
        """
        await check_attached(body.said(), caller.tenant, doors.files)
        command = BotReply(case_id, bot_id_of(caller), body.version, body.said(), body.signals(), body.summary)

        async def produce(work: Work) -> Reply:
            replied = await reply_as_bot(command, work)
            count_reply(replied, work)
            return _replied(replied)

        with count_refusals():
            route = f"POST /v1/cases/{case_id}/bot/replies"
            return await doors.command(caller, needed(key), route, body, _traced("reply as bot", case_id, produce))

    @router.post("/cases/{case_id}/bot/lease", response_model=HandlingView)
    async def renew(case_id: UUID, body: LeaseBody, caller: Bot, key: IdempotencyKey) -> Response:
        """The bot needs longer: its lease begins anew, up to its `answer_within` after the customer wrote. The version stays."""

        async def produce(work: Work) -> Reply:
            return handling_reply(await renew_lease(case_id, bot_id_of(caller), body.version, work))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/bot/lease", body, produce)

    @router.post("/cases/{case_id}/bot/signals", status_code=202, response_model=SignalledView)
    async def signal_as(case_id: UUID, body: SignalBody, caller: Bot) -> Response:
        """The bot types, or has read what was written. Only while the conversation is its own."""

        async def produce(work: Work) -> Reply:
            await bots_turn(case_id, bot_id_of(caller), None, work)
            return await signalled(case_id, body, bot_author(bot_id_of(caller)), work)

        return await doors.command(caller, None, f"POST /v1/cases/{case_id}/bot/signals", body, produce)


def _ends(router: APIRouter, doors: Doors) -> None:
    @router.post("/cases/{case_id}/bot/handover", response_model=HandlingView)
    async def hand_over_to_people(case_id: UUID, body: HandoverBody, caller: Bot, key: IdempotencyKey) -> Response:
        """People are asked for; they see the summary, the fields and the latest messages. `Idempotency-Key` is required."""

        async def produce(work: Work) -> Reply:
            return handling_reply(await hand_over_case(case_id, bot_id_of(caller), body.version, body.note(), work))

        route = f"POST /v1/cases/{case_id}/bot/handover"
        return await doors.command(caller, needed(key), route, body, _traced("hand over", case_id, produce))

    @router.post("/cases/{case_id}/bot/resolve", response_model=CaseState)
    async def resolve_as(case_id: UUID, body: BotResolveBody, caller: Bot, key: IdempotencyKey) -> Response:
        """The bot answered all there was. 409 `conversation_moved_on` if the customer wrote meanwhile."""

        async def produce(work: Work) -> Reply:
            return state(await resolve_as_bot(case_id, bot_id_of(caller), body.version, body.reason, work))

        return await doors.command(caller, key, f"POST /v1/cases/{case_id}/bot/resolve", body, produce)


def _traced(
    name: str, case_id: UUID, produce: Callable[[Work], Awaitable[Reply]]
) -> Callable[[Work], Awaitable[Reply]]:
    """In the trace of what it answers, so that one trace leads from the customer's webhook to the receipt of the reply."""

    async def traced(work: Work) -> Reply:
        asked = await work.history.last_trace(case_id)
        with telemetry.span(name, parent=asked, links=(telemetry.traceparent(),)):
            return await produce(work)

    return traced


def _replied(replied: BotReplied) -> Reply:
    queued = replied.queued
    view = BotRepliedView(
        outcome="handed_over" if queued is None else "sent",
        handling=handling_view(replied.handling),
        message=QueuedView.model_validate(queued, from_attributes=True) if queued is not None else None,
    )
    return Reply(200 if queued is None else 201, view.model_dump(mode="json"))
