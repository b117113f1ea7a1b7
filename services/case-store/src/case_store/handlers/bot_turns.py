"""Whether a bot may act on a case now."""

from uuid import UUID

from case_store.domain.case import Case, CaseStatus
from case_store.domain.handling import Handling
from case_store.handlers.ports import Work
from runtime.errors import NotFound, Refused


async def bots_turn(case_id: UUID, bot_id: str, version: int | None, work: Work) -> tuple[Case, Handling]:
    """The locked case, which is the bot's, at the version that it saw. A case that was never its own looks like none."""
    case = await work.cases.lock(case_id)
    held = await work.handlings.of(case_id) if case is not None else None
    if case is None or held is None or held.bot_id != bot_id:
        raise NotFound("case", case_id)
    if case.status is not CaseStatus.OPEN:
        raise _moved_on(f"the case is {case.status.value}")
    if not held.is_bots:
        raise _moved_on(f"it is {'with an agent' if held.agent_id else 'handed over'}")
    if case.work_requested:
        raise _moved_on("people were asked for")
    if version is not None and version != held.version:
        raise _moved_on(f"it is at version {held.version}, not {version}")
    return case, held


def _moved_on(how: str) -> Refused:
    return Refused("conversation_moved_on", f"The conversation has moved on: {how}. Nothing was sent or changed.")
