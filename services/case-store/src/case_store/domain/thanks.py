"""A short word after the end, as "thank you": whether it may leave the case closed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from case_store.domain.case import TURNED_AWAY, Case, CaseStatus


@dataclass(frozen=True, slots=True)
class ClosingThanks:
    grace: timedelta
    max_characters: int
    matches: Callable[[str], bool] | None = None


def is_thanks(case: Case, rule: ClosingThanks, text: str, wrote_at: datetime) -> bool:
    """Whoever was turned away has nothing to give thanks for."""
    if case.status is not CaseStatus.RESOLVED or case.resolved_at is None or case.resolution == TURNED_AWAY:
        return False
    if wrote_at - case.resolved_at > rule.grace:
        return False
    return len(text.strip()) <= rule.max_characters or (rule.matches is not None and rule.matches(text))
