"""A bot's words, if they still answer what the customer wrote last."""

from dataclasses import dataclass, field
from uuid import UUID

from case_store.domain.bot_triggers import Limits, Signals, gives_up
from case_store.domain.case import Case
from case_store.domain.handling import Handling, answered, disclosed
from case_store.handlers.bot_turns import bots_turn
from case_store.handlers.hand_over import Note, hand_over, said_by
from case_store.handlers.handlings import bot_author, bot_of, keep
from case_store.handlers.ports import Work
from case_store.handlers.reply_to_case import Queued, ReplyToCase, place_for, reply_to_case
from contracts.config import Bot
from contracts.values import Content
from runtime.errors import Refused


@dataclass(frozen=True, slots=True)
class BotReply:
    case_id: UUID
    bot_id: str
    version: int
    content: Content
    signals: Signals = field(default_factory=Signals)
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class BotReplied:
    """`queued` is none when a trigger took the conversation instead. `before` is how the bot had it."""

    handling: Handling
    before: Handling
    queued: Queued | None


async def reply_as_bot(command: BotReply, work: Work) -> BotReplied:
    case, held = await bots_turn(command.case_id, command.bot_id, command.version, work)
    bot, by = bot_of(held.bot_id, work), bot_author(held.bot_id)
    if bot is None:
        raise Refused("bot_gone", "The bot is switched off; its conversations pass to people.")
    why = gives_up(command.signals, _limits(bot), held.failures)
    if why is not None:
        note = Note(summary=command.summary, sentiment=command.signals.sentiment)
        moved = await hand_over(case, held, why, by, work, note=note)
        return BotReplied(moved, held, None)
    told = await _disclose(case, held, bot, work)
    queued = await reply_to_case(ReplyToCase(case.id, by, command.content, in_turn=True), work)
    after = answered(told, queued.message_id, work.now, failed=command.signals.failed)
    return BotReplied(await keep(case, after, held, by, work), held, queued)


async def _disclose(case: Case, held: Handling, bot: Bot, work: Work) -> Handling:
    """Once per conversation, right before the bot's first words there."""
    if not bot.disclosure:
        return held
    place = await place_for(case, work)
    if place in held.disclosed:
        return held
    words = await said_by(case, bot.disclosure, work)
    await reply_to_case(ReplyToCase(case.id, bot_author(bot.id), words, conversation_id=place, automatic=True), work)
    return disclosed(held, place)


def _limits(bot: Bot) -> Limits:
    triggers = bot.triggers
    return Limits(triggers.failures, triggers.confidence_below, triggers.sentiment_below)
