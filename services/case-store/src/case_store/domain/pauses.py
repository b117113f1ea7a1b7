"""What a case waits for. The router stops and starts SLA clocks by the same rules."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from case_store.domain.case import Case

WAITING_ON_CUSTOMER: Final = "waiting_on_customer"
ON_HOLD: Final = "on_hold"


def paused(case: Case, reason: str, at: datetime) -> Case:
    return case if reason in case.pauses else replace(case, pauses={**case.pauses, reason: at})


def resumed(case: Case, reasons: Iterable[str]) -> Case:
    ended = set(reasons)
    return replace(case, pauses={reason: since for reason, since in case.pauses.items() if reason not in ended})


def answered(case: Case, at: datetime) -> Case:
    """The customer has an answer: it is their turn."""
    return paused(replace(case, answered_at=at), WAITING_ON_CUSTOMER, at)


def customer_wrote(case: Case, at: datetime) -> Case:
    """Words that are older than the last answer, and came late, ask for nothing new."""
    if WAITING_ON_CUSTOMER not in case.pauses or (case.answered_at is not None and at <= case.answered_at):
        return case
    return resumed(case, [WAITING_ON_CUSTOMER])
