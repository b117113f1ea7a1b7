"""What a customer's message does to their cases."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from case_store.domain.case import Case, CaseStatus


class Step(StrEnum):
    APPEND = "append"
    REOPEN = "reopen"
    OPEN = "open"


class Ask(StrEnum):
    """What the router hears; with BOT nothing, a bot is asked instead."""

    NOTHING = "nothing"
    CUSTOMER_WROTE = "customer_wrote"
    WORK = "work"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Filing:
    step: Step
    ask: Ask


def decide_filing(
    current: Case | None, *, wrote_at: datetime, reopen_within: timedelta, standby: bool, thanks: bool = False
) -> Filing:
    """`current` is the open case, else the one resolved last. A standby message is filed but wakes nobody, and so are `thanks`
    that the policy lets rest.
    """
    if current is None or _too_old(current, wrote_at, reopen_within):
        return Filing(Step.OPEN, Ask.NOTHING if standby else Ask.WORK)
    if standby or thanks:
        return Filing(Step.APPEND, Ask.NOTHING)
    if current.status is CaseStatus.RESOLVED:
        return Filing(Step.REOPEN, Ask.WORK)
    return Filing(Step.APPEND, Ask.CUSTOMER_WROTE if current.work_requested else Ask.WORK)


def _too_old(case: Case, wrote_at: datetime, reopen_within: timedelta) -> bool:
    return case.resolved_at is not None and wrote_at - case.resolved_at > reopen_within
