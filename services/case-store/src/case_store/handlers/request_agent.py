"""People are asked for, in a case that the router has not, or not any more."""

from dataclasses import replace

from case_store.domain.case import Case
from case_store.domain.handling import Handling
from case_store.handlers import facts
from case_store.handlers.handlings import bot_author, bot_of
from case_store.handlers.ports import Work
from case_store.handlers.reopen_case import request_work
from case_store.handlers.tell_router import tell_paused, tell_router
from contracts.handling import Handover
from contracts.routing import AgentReplied, CustomerWrote
from runtime.errors import NotFound


async def request_agent(
    case: Case, held: Handling, work: Work, *, handover: Handover | None = None, agent_id: str | None = None
) -> Case:
    """Once. `held` is how the bot had it; `agent_id` has begun already, so the router gives the work there if it can."""
    if case.work_requested:
        return case
    requested = replace(case, work_requested=True)
    await work.cases.change(requested)
    customer = await work.people.read(case.customer_id)
    if customer is None:
        raise NotFound("customer", case.customer_id)
    bot = bot_of(held.bot_id, work)
    from_first = bot is not None and bot.clocks_from == "first_message" and held.asked_at is not None
    await request_work(
        replace(requested, last_agent_id=agent_id or case.last_agent_id),
        customer,
        work,
        requested_at=held.asked_at if from_first else None,
        queue=handover.queue if handover is not None else None,
        skills=(handover.skills or None) if handover is not None else None,
        returned=held.had_people,
        sentiment=handover.sentiment if handover is not None else None,
    )
    for reason in requested.pauses:
        await tell_paused(requested, reason, work)
    if from_first:
        await _tell_bots_part(requested, held, work)
    return requested


async def _tell_bots_part(case: Case, held: Handling, work: Work) -> None:
    """What happened before the router knew of the case; the policy of its clocks says whether a bot's answer counts."""
    if held.answered_at is not None and held.answer_id is not None:
        replied = AgentReplied(
            case_id=case.id, message_id=held.answer_id, author=bot_author(held.bot_id), replied_at=held.answered_at
        )
        await tell_router(case.id, replied, work)
    words = await work.history.last_words(case.id) if held.unanswered_since is not None else None
    if held.answered_at is not None and held.unanswered_since is not None and words is not None:
        wrote = CustomerWrote(case_id=case.id, message=facts.facts_of(words), wrote_at=held.unanswered_since)
        await tell_router(case.id, wrote, work)
