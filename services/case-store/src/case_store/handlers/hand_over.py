"""A bot's conversation passes to people, with what the bot knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.handling import Handling, Why, queued
from case_store.domain.texts import text_for
from case_store.handlers.bot_turns import bots_turn
from case_store.handlers.change_case import CaseChange, state_facts, with_change
from case_store.handlers.handlings import bot_author, bot_of, keep
from case_store.handlers.ports import Work
from case_store.handlers.reply_to_case import ReplyToCase, reply_to_case
from case_store.handlers.request_agent import request_agent
from contracts.config import Bot
from contracts.handling import Handover
from contracts.values import Author, Content, ContentKind
from runtime.errors import Malformed, Refused


@dataclass(frozen=True, slots=True)
class Note:
    """What a bot says when it hands over. What it leaves out, its configuration says."""

    reason: str | None = None
    summary: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    queue: str | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int | None = None
    sentiment: float | None = None


async def hand_over_case(case_id: UUID, bot_id: str, version: int | None, note: Note, work: Work) -> Handling:
    """The bot's own wish. Refused when the conversation is not its own any more."""
    case, held = await bots_turn(case_id, bot_id, version, work)
    _check(note, work)
    return await hand_over(case, held, Why.BOT_ASKED, bot_author(bot_id), work, note=note)


async def hand_over(
    case: Case, held: Handling, why: Why, by: Author, work: Work, *, note: Note | None = None
) -> Handling:
    """Of a locked, open case that is the bot's. The router is asked, the customer is told if the bot has words for it."""
    bot, note = bot_of(held.bot_id, work), note or Note()
    handover = _handover(note, why, bot, work)
    change = CaseChange(fields=note.fields, priority=handover.priority or case.priority)
    case = await state_facts(case, with_change(case, change), by, work)
    moved = await keep(case, queued(held, why, work.now, handover), held, by, work)
    case = await request_agent(case, held, work, handover=handover)
    await _tell_customer(case, bot, work)
    return moved


def _handover(note: Note, why: Why, bot: Bot | None, work: Work) -> Handover:
    skills = note.skills or (bot.handover.skills if bot is not None else {})
    return Handover(
        reason=note.reason or why.value,
        summary=note.summary,
        fields=dict(note.fields),
        queue=note.queue or (bot.handover.queue if bot is not None else None),
        skills=dict(skills),
        priority=note.priority or (bot.handover.priority if bot is not None else None),
        sentiment=note.sentiment,
        handed_over_at=work.now,
    )


def _check(note: Note, work: Work) -> None:
    """Work for a queue or a skill that nobody has would wait for ever."""
    config = work.config
    if config is None:
        return
    if note.queue is not None and note.queue not in {queue.id for queue in config.queues}:
        raise Malformed(f"there is no queue '{note.queue}'", code="unknown_queue", pointer="/queue")
    for skill in note.skills:
        if skill not in config.skills:
            raise Malformed(f"there is no skill '{skill}'", code="unknown_skill", pointer=f"/skills/{skill}")


async def _tell_customer(case: Case, bot: Bot | None, work: Work) -> None:
    """Somebody who can't be reached is not told; people are asked for all the same."""
    if bot is None or not bot.handover.text:
        return
    try:
        await reply_to_case(
            ReplyToCase(case.id, bot_author(bot.id), await said_by(case, bot.handover.text, work), automatic=True), work
        )
    except Refused:
        return


async def said_by(case: Case, texts: Mapping[str, str], work: Work) -> Content:
    """In the customer's language, else the tenant's."""
    customer = await work.people.read(case.customer_id)
    languages = (customer.language if customer else None, work.config.language if work.config else None)
    return Content(kind=ContentKind.TEXT, text=text_for(texts, *languages))
