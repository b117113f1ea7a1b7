"""Who talks with a customer: looked up, kept and told."""

from typing import Final

from case_store.domain.case import Case
from case_store.domain.handling import Handling, HandlingState, Patience, Why, closed
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Said, Work
from contracts import handling as told
from contracts.config import Bot
from contracts.topics import CASE_EVENTS
from contracts.values import Author, AuthorKind

CLOCK: Final = Author(kind=AuthorKind.SYSTEM, id="case-store")
"""Who does what time alone makes due."""


def has_bots(work: Work) -> bool:
    """Tenants without bots are asked for nothing more than this."""
    return work.config is not None and bool(work.config.bots)


def bot_of(bot_id: str, work: Work) -> Bot | None:
    """None when it was switched off or is configured no more."""
    bots = work.config.bots if work.config is not None else ()
    return next((bot for bot in bots if bot.id == bot_id and bot.enabled), None)


def serving_bot(channel: str, account: str, work: Work) -> Bot | None:
    """The account's own, else the channel's."""
    bots = [bot for bot in (work.config.bots if work.config is not None else ()) if bot.enabled]
    own = next((bot for bot in bots if account in bot.accounts), None)
    return own or next((bot for bot in bots if channel in bot.channels), None)


def patience_of(bot: Bot) -> Patience:
    return Patience(bot.lease, bot.answer_within)


def bot_author(bot_id: str) -> Author:
    return Author(kind=AuthorKind.BOT, id=bot_id)


async def keep(case: Case, handling: Handling, before: Handling | None, by: Author, work: Work) -> Handling:
    """Of a locked case. A change of hands is told to everyone who asked for such events, and filed in the timeline."""
    await work.handlings.save(handling, before)
    if before is None or (handling.state, handling.agent_id, handling.bot_id) != (
        before.state,
        before.agent_id,
        before.bot_id,
    ):
        event = _changed(case, handling, before, by, work)
        event_id = work.emitter.emit(CASE_EVENTS, str(case.id), event)
        await work.cases.file(case.id, entry_of(event_id, event, work.now))
    return handling


async def end_handling(case: Case, why: Why, by: Author, work: Work) -> None:
    """The case is open no more."""
    held = await work.handlings.of(case.id) if has_bots(work) else None
    if held is not None and held.state is not HandlingState.CLOSED:
        await keep(case, closed(held, why, work.now), held, by, work)


def ask_bot(case: Case, held: Handling, said: Said, language: str | None, work: Work) -> None:
    """Tells whose turn it is. `held` is the bot's, with a lease that runs."""
    if held.lease_until is None or held.unanswered_since is None:
        raise ValueError("a bot that owes no answer can't be asked")
    asked = told.BotAsked(
        case_id=case.id,
        customer_id=case.customer_id,
        bot_id=held.bot_id,
        version=held.version,
        message_id=said.id,
        seq=said.seq,
        conversation_id=said.conversation_id,
        channel=said.channel,
        account=said.account,
        language=language,
        content=said.content,
        lease_until=held.lease_until,
        asked_at=work.now,
    )
    work.emitter.emit(CASE_EVENTS, str(case.id), asked)


def _changed(case: Case, handling: Handling, before: Handling | None, by: Author, work: Work) -> told.HandlingChanged:
    return told.HandlingChanged(
        case_id=case.id,
        customer_id=case.customer_id,
        version=handling.version,
        bot_id=handling.bot_id,
        state=told.HandlingState(handling.state.value),
        previous=told.HandlingState(before.state.value) if before is not None else None,
        reason=handling.reason.value,
        by=by,
        agent_id=handling.agent_id,
        handover=handling.handover if handling.state is HandlingState.QUEUED else None,
        changed_at=work.now,
    )
