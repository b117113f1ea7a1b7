"""What a bot is about to answer is not what it was: whoever answers the old words is refused."""

from uuid import UUID

from case_store.domain.handling import asked
from case_store.handlers.facts import customer_author
from case_store.handlers.handlings import ask_bot, bot_of, has_bots, keep, patience_of
from case_store.handlers.ports import Work


async def ask_anew(case_id: UUID, work: Work) -> None:
    """Of a locked case, if its customer waits for a bot."""
    held = await work.handlings.of(case_id) if has_bots(work) else None
    bot = bot_of(held.bot_id, work) if held is not None else None
    if held is None or bot is None or not held.is_bots or held.unanswered_since is None:
        return
    case, said = await work.cases.lock(case_id), await work.history.last_said(case_id)
    if case is not None and said is not None:
        by = customer_author(case.customer_id)
        ask_bot(case, await keep(case, asked(held, patience_of(bot), work.now), held, by, work), said, None, work)
