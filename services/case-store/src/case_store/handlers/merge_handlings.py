"""Two cases are one: so is who talks with the customer."""

from case_store.domain.case import Case
from case_store.domain.handling import Handling, HandlingState, Why, asked, closed, queued
from case_store.domain.pauses import WAITING_ON_CUSTOMER
from case_store.handlers.handlings import ask_bot, bot_of, has_bots, keep, patience_of
from case_store.handlers.ports import Work
from case_store.handlers.request_agent import request_agent
from case_store.handlers.resume_case import resume
from contracts.values import Author


async def merge_handlings(source: Case, target: Case, by: Author, work: Work) -> None:
    """People outrank bots. Somebody who waited for the source's bot waits on for whoever has the target. `target` is as before."""
    if not has_bots(work):
        return
    theirs, ours = await work.handlings.of(source.id), await work.handlings.of(target.id)
    if theirs is not None and theirs.state is not HandlingState.CLOSED:
        await keep(source, closed(theirs, Why.MERGED, work.now), theirs, by, work)
    if ours is not None and ours.is_bots and source.has_work:
        await keep(target, queued(ours, Why.MERGED, work.now), ours, by, work)
    elif theirs is not None and theirs.is_bots and theirs.unanswered_since is not None:
        await _wait_on(target, ours, theirs, by, work)


async def _wait_on(target: Case, ours: Handling | None, theirs: Handling, by: Author, work: Work) -> None:
    bot = bot_of(ours.bot_id, work) if ours is not None else None
    said = await work.history.last_said(target.id)
    if ours is not None and ours.is_bots and bot is not None and said is not None:
        ask_bot(target, await keep(target, asked(ours, patience_of(bot), work.now), ours, by, work), said, None, work)
    elif not target.work_requested:
        await request_agent(target, theirs, work)
    elif WAITING_ON_CUSTOMER in target.pauses:
        await resume(target, [WAITING_ON_CUSTOMER], by, work)
