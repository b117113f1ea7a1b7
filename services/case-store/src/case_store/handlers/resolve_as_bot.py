from uuid import UUID

from case_store.domain.case import Case
from case_store.handlers.bot_turns import bots_turn
from case_store.handlers.handlings import bot_author
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import resolve


async def resolve_as_bot(case_id: UUID, bot_id: str, version: int, reason: str, work: Work) -> Case:
    """No person had to be asked."""
    case, _ = await bots_turn(case_id, bot_id, version, work)
    return await resolve(case, bot_author(bot_id), reason, work)
