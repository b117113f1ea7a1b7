"""Whether a bot or people are to answer a customer's message, and that they hear of it."""

from dataclasses import dataclass, replace
from typing import Final

from case_store.domain.bot_triggers import asks_for_person
from case_store.domain.case import Case
from case_store.domain.handling import (
    ELSEWHERE,
    Handling,
    HandlingState,
    Why,
    asked,
    begun,
    given_back,
    queued,
    wrote_to_people,
)
from case_store.domain.lifecycle import Ask, Filing, Step
from case_store.handlers.facts import customer_author
from case_store.handlers.hand_over import hand_over
from case_store.handlers.handlings import ask_bot, bot_of, has_bots, keep, patience_of, serving_bot
from case_store.handlers.ports import Said, Work
from case_store.handlers.take_over import lose_control
from contracts.config import Bot
from contracts.inbound import MessageReceived
from contracts.values import ContentKind

_NOT_FOR_BOTS: Final = frozenset({ContentKind.CALL, ContentKind.REVIEW})


@dataclass(frozen=True, slots=True)
class Turn:
    """`held` is who has the case before this message; `bot` has it or gets it."""

    ask: Ask
    held: Handling | None = None
    bot: Bot | None = None


async def whose_turn(event: MessageReceived, filing: Filing, current: Case | None, work: Work) -> Turn:
    if not has_bots(work):
        return Turn(filing.ask)
    goes_on = current is not None and filing.step is not Step.OPEN
    held = await work.handlings.of(current.id) if current is not None and goes_on else None
    if filing.ask is Ask.NOTHING:
        return Turn(Ask.NOTHING, held)
    if current is not None and goes_on and current.work_requested and filing.step is Step.APPEND:
        return Turn(filing.ask, held)
    if held is not None and held.is_bots:
        return Turn(Ask.BOT, held, bot_of(held.bot_id, work))
    bot = serving_bot(event.channel, event.account, work)
    if bot is None or event.content.kind in _NOT_FOR_BOTS or not _begins(filing, held, current, bot):
        return Turn(filing.ask, held)
    return Turn(Ask.BOT, held, bot)


def _begins(filing: Filing, held: Handling | None, current: Case | None, bot: Bot) -> bool:
    """A bot takes what is new, what the policy lets it take again, and what another application gave back."""
    if current is None or filing.step is Step.OPEN:
        return True
    if filing.step is Step.REOPEN:
        own = held is not None and not held.had_people and bot.takes_reopened == "own"
        return own or bot.takes_reopened == "always"
    if held is None:
        return filing.ask is Ask.WORK and current.answered_at is None
    return held.agent_id == ELSEWHERE and held.reason is Why.CONTROL_LOST


async def take_turn(turn: Turn, case: Case, said: Said, event: MessageReceived, work: Work) -> None:
    """After the message was filed."""
    held, by = turn.held, customer_author(case.customer_id)
    if turn.ask is Ask.BOT:
        await _ask_bot(turn, case, said, event, work)
    elif held is None:
        return
    elif held.is_bots:
        await _leave_bot(turn, held, case, event, work)
    elif held.state is HandlingState.CLOSED:
        if turn.ask is Ask.WORK:
            await keep(case, queued(held, Why.REOPENED, work.now), held, by, work)
    elif turn.ask is not Ask.NOTHING:
        wrote = wrote_to_people(held, work.now)
        unasked = turn.ask is Ask.WORK and held.state is HandlingState.AGENT
        await keep(case, queued(wrote, Why.CUSTOMER_WROTE, work.now) if unasked else wrote, held, by, work)


async def _leave_bot(turn: Turn, held: Handling, case: Case, event: MessageReceived, work: Work) -> None:
    """Another application has the chat; or people were asked for while no bot was configured."""
    if event.standby:
        await lose_control(case, held, work)
    elif turn.ask is not Ask.NOTHING:
        wrote = wrote_to_people(queued(held, Why.BOT_GONE, work.now), work.now)
        await keep(case, wrote, held, customer_author(case.customer_id), work)


async def _ask_bot(turn: Turn, case: Case, said: Said, event: MessageReceived, work: Work) -> None:
    by = customer_author(case.customer_id)
    if turn.bot is None:
        if turn.held is not None:
            await hand_over(case, turn.held, Why.BOT_GONE, by, work)
        return
    held = await keep(
        case, asked(_of_bot(turn.held, turn.bot, case, work), patience_of(turn.bot), work.now), turn.held, by, work
    )
    if event.content.kind in _NOT_FOR_BOTS:
        await hand_over(case, held, Why.CALL, by, work)
    elif asks_for_person((event.content.text, event.content.payload), turn.bot.triggers.words):
        await hand_over(case, held, Why.CUSTOMER_ASKED, by, work)
    else:
        ask_bot(case, held, said, event.contact.language, work)


def _of_bot(held: Handling | None, bot: Bot, case: Case, work: Work) -> Handling:
    if held is None:
        return begun(case.id, bot.id, work.now)
    if held.is_bots:
        return held
    why = Why.REOPENED if held.state is HandlingState.CLOSED else Why.CONTROL_GAINED
    return given_back(replace(held, unanswered_since=None), bot.id, patience_of(bot), why, work.now)
