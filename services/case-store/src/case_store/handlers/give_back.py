"""A conversation that people had goes (back) to the bot, and their work with it ends."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.handling import Handling, HandlingState, Why, given_back
from case_store.handlers.handlings import ask_bot, bot_of, keep, patience_of
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import lock_open
from case_store.handlers.tell_router import tell_router
from contracts.config import Bot
from contracts.routing import WorkClosed
from contracts.values import Author
from runtime.errors import Refused

GIVEN_TO_BOT: Final = "given_to_bot"


async def give_back_case(case_id: UUID, by: Author, work: Work, *, revision: int | None = None) -> Handling:
    case = await lock_open(case_id, work, revision)
    held = await work.handlings.of(case.id)
    bot = bot_of(held.bot_id, work) if held is not None else None
    if held is None or bot is None:
        raise Refused("no_bot", "No bot that is switched on has ever served this case.")
    if held.state is not HandlingState.AGENT:
        raise Refused(
            "not_with_agent", f"Only an agent's conversation can be given to a bot; this one is {held.state.value}."
        )
    return await give_back(case, held, bot, Why.TAKEN_BACK, by, work)


async def give_back(case: Case, held: Handling, bot: Bot, why: Why, by: Author, work: Work) -> Handling:
    """Of a locked, open case. A customer who waits for an answer is the bot's to answer now."""
    moved = await keep(case, given_back(held, bot.id, patience_of(bot), why, work.now), held, by, work)
    if case.work_requested:
        await work.cases.change(replace(case, work_requested=False))
        closed = WorkClosed(case_id=case.id, reason=GIVEN_TO_BOT, by=by, closed_at=work.now)
        await tell_router(case.id, closed, work)
    said = await work.history.last_said(case.id) if moved.unanswered_since is not None else None
    if said is not None:
        customer = await work.people.read(case.customer_id)
        ask_bot(case, moved, said, customer.language if customer is not None else None, work)
    return moved
