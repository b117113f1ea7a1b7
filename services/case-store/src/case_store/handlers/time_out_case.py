"""What time alone makes of a case that a bot serves."""

from dataclasses import replace
from uuid import UUID

from case_store.domain.case import CaseStatus
from case_store.domain.handling import HandlingState, Why, closed
from case_store.handlers.give_back import give_back
from case_store.handlers.hand_over import hand_over
from case_store.handlers.handlings import CLOCK, bot_of, keep
from case_store.handlers.ports import Work


async def time_out_case(case_id: UUID, work: Work) -> None:
    """It may have been answered or handed over since somebody saw it due: then nothing. A case that ended while no bot was configured is
    closed here.
    """
    case = await work.cases.lock(case_id)
    held = await work.handlings.of(case_id) if case is not None else None
    if case is None or held is None:
        return
    if case.status is not CaseStatus.OPEN:
        await keep(case, closed(held, Why.RESOLVED, work.now), held, CLOCK, work)
    elif held.is_bots and held.lease_until is not None and held.lease_until <= work.now:
        await hand_over(case, held, Why.LEASE_EXPIRED, CLOCK, work)
    elif held.state is HandlingState.AGENT and held.idle_at is not None and held.idle_at <= work.now:
        bot = bot_of(held.bot_id, work)
        if bot is not None:
            await give_back(case, held, bot, Why.IDLE, CLOCK, work)
        else:
            await keep(case, replace(held, idle_at=None), held, CLOCK, work)
