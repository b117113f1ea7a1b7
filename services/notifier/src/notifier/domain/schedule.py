"""When to try again: fixed steps, spread by a jitter that the same delivery and attempt always gets."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

STEPS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
SPREAD: Final = 0.2
RETRY_AFTER_CAP: Final = timedelta(hours=1)


def delay(message_id: UUID, failures: int) -> timedelta:
    """After the n-th failure (from 1): the n-th step ±20 %, the last step for all later ones."""
    step = STEPS[min(max(failures, 1), len(STEPS)) - 1]
    return step * (1 + SPREAD * (2 * _fraction(message_id, failures) - 1))


def _fraction(message_id: UUID, failures: int) -> float:
    digest = blake2b(message_id.bytes + failures.to_bytes(4, "big"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date, from 0 to one hour; anything else counts as absent."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return min(timedelta(seconds=int(text)), RETRY_AFTER_CAP)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware - now, timedelta(0)), RETRY_AFTER_CAP)


def parse_reset(value: str | None, now: datetime) -> timedelta | None:
    """The moment at which a limit's window begins anew, in seconds or milliseconds since 1970; at most an hour away."""
    text = (value or "").strip()
    if not text.isascii() or not text.isdigit() or len(text) not in (10, 13):
        return None
    at = datetime.fromtimestamp(int(text[:10]), UTC)
    return min(max(at - now, timedelta(0)), RETRY_AFTER_CAP)
