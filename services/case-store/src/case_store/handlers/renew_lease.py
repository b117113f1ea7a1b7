from uuid import UUID

from case_store.domain.handling import Handling, renewed
from case_store.handlers.bot_turns import bots_turn
from case_store.handlers.handlings import bot_author, bot_of, keep, patience_of
from case_store.handlers.ports import Work
from runtime.errors import Refused


async def renew_lease(case_id: UUID, bot_id: str, version: int | None, work: Work) -> Handling:
    """The bot is still at it. Bounded by its `answer_within`."""
    case, held = await bots_turn(case_id, bot_id, version, work)
    bot = bot_of(bot_id, work)
    if bot is None:
        raise Refused("bot_gone", "The bot is switched off; its conversations pass to people.")
    return await keep(case, renewed(held, patience_of(bot), work.now), held, bot_author(bot_id), work)
