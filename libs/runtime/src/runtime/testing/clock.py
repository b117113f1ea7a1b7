"""Time and ids under a test's control."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from runtime.ids import uuid7


class ManualClock:
    """Stands still until told."""

    def __init__(self, start: datetime = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by


class SeededIds:
    """UUIDv7s that repeat with the seed."""

    def __init__(self, seed: int = 1, unix_ms: int = 1_795_219_200_000) -> None:
        self._random = random.Random(seed)  # noqa: S311  # not a secret: repeatable on purpose
        self._unix_ms = unix_ms

    def new(self) -> UUID:
        self._unix_ms += 1
        return uuid7(self._unix_ms, self._random.randbytes(10))
