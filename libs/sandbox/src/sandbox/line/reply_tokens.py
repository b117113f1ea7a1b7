"""Reply tokens: single use, perhaps short-lived, perhaps unknown."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.wire import Clock


@dataclass(frozen=True, slots=True)
class Issued:
    user_id: str
    expires_at: datetime | None


class ReplyTokens:
    def __init__(self, clock: Clock, accept_unknown: bool, ttl_seconds: float | None, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._initial = (accept_unknown, ttl_seconds)
        self.accept_unknown = accept_unknown
        self.ttl_seconds = ttl_seconds
        self._issued: OrderedDict[str, Issued] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()

    def register(self, token: str, user_id: str, ttl_seconds: float | None) -> None:
        ttl = ttl_seconds if ttl_seconds is not None else self.ttl_seconds
        expires_at = None if ttl is None else self._clock.now() + timedelta(seconds=ttl)
        self._issued[token] = Issued(user_id, expires_at)
        _bound(self._issued, self._limit)

    def owner(self, token: str) -> str | None:
        issued = self._issued.get(token)
        return issued.user_id if issued else None

    def spend(self, token: str) -> bool:
        """True once per live token."""
        if token in self._used or not self._live(token):
            return False
        self._used[token] = None
        _bound(self._used, self._limit)
        return True

    def _live(self, token: str) -> bool:
        issued = self._issued.get(token)
        if issued is None:
            return self.accept_unknown
        return issued.expires_at is None or self._clock.now() < issued.expires_at

    def reset(self) -> None:
        self.accept_unknown, self.ttl_seconds = self._initial
        self._issued.clear()
        self._used.clear()


def _bound(table: OrderedDict[str, Any], limit: int) -> None:
    while len(table) > limit:
        table.popitem(last=False)
