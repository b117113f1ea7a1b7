"""An account that stays broken is paused and probed once a minute; one success re-enables it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from notifier.domain.outcome import Kind

BROKEN_AFTER: Final = 10
PROBE_EVERY: Final = timedelta(minutes=1)


@dataclass(slots=True)
class _Record:
    broken: int = 0
    paused_until: datetime | None = None


@dataclass(slots=True)
class AccountHealth:
    """Kept by one process about what it saw itself; lost with it, which only costs ten more attempts."""

    _records: dict[tuple[str, str], _Record] = field(default_factory=dict)

    def pause_left(self, tenant: str, account: str, now: datetime) -> timedelta | None:
        """How long to leave the account alone; asking when the pause is over lets one probe through."""
        record = self._records.get((tenant, account))
        if record is None or record.paused_until is None:
            return None
        if now < record.paused_until:
            return record.paused_until - now
        record.paused_until = now + PROBE_EVERY
        return None

    def note(self, tenant: str, account: str, kind: Kind, now: datetime) -> bool:
        """True when this outcome pauses the account or opens it again."""
        if kind is Kind.ACCEPTED:
            record = self._records.pop((tenant, account), None)
            return record is not None and record.paused_until is not None
        if kind is not Kind.CHANNEL_BROKEN:
            return False
        record = self._records.setdefault((tenant, account), _Record())
        record.broken += 1
        if record.broken < BROKEN_AFTER:
            return False
        record.paused_until = now + PROBE_EVERY
        return record.broken == BROKEN_AFTER

    def paused(self) -> int:
        return sum(record.paused_until is not None for record in self._records.values())
