"""Accounts that have used up what their plan lets them push. Until it is renewed, other ways are taken before any request is made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from notifier.domain.outcome import QUOTAS, Outcome

ASK_AGAIN: Final = timedelta(minutes=10)
"""A plan may be raised at any time, and the provider tells nobody: so often one message finds out."""


@dataclass(slots=True)
class Quotas:
    """Kept by one process about what it saw itself; lost with it, which only costs one refused request."""

    _spent: dict[tuple[str, str], tuple[datetime, Outcome]] = field(default_factory=dict)

    def note(self, tenant: str, account: str, outcome: Outcome, now: datetime) -> None:
        if outcome.detail in QUOTAS:
            self._spent[tenant, account] = (now + ASK_AGAIN, outcome)

    def spent(self, tenant: str, account: str, now: datetime) -> Outcome | None:
        """What the provider said of it, while nobody need ask again."""
        known: Mapping[tuple[str, str], tuple[datetime, Outcome]] = self._spent
        until, outcome = known.get((tenant, account), (now, None))
        return outcome if now < until else None
