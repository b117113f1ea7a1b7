"""HMAC, by SHA-256 where a provider asks for nothing else, compared in constant time against every live secret."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache


def digest(secret: bytes, content: bytes, algorithm: str = "sha256") -> bytes:
    begun = _begun(secret, algorithm).copy()
    begun.update(content)
    return begun.digest()


@lru_cache(maxsize=1_000)
def _begun(secret: bytes, algorithm: str) -> hmac.HMAC:
    """Where every digest with this secret begins: to look the algorithm up and to hash the key is most of a short content's price."""
    return hmac.new(secret, digestmod=algorithm)


def matches(given: str, expected: Iterable[bytes]) -> bool:
    """No early exit: the time taken doesn't tell which of two secrets was right."""
    as_bytes = given.encode("utf-8", "replace")
    found = False
    for candidate in expected:
        found |= hmac.compare_digest(as_bytes, candidate)
    return found


def is_fresh(timestamp: str, now: datetime, tolerance_seconds: int) -> bool:
    """Digits: seconds since 1970, not further from now than the tolerance, either way."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= tolerance_seconds
