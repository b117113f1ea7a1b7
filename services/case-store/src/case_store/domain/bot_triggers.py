"""When a conversation is a bot's no longer: the customer's words, and what the bot says of itself."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from case_store.domain.handling import Why


@dataclass(frozen=True, slots=True)
class Signals:
    """What a bot tells with a reply: how sure it is (0 to 1), how the customer feels (-1 to 1), that it did not understand."""

    confidence: float | None = None
    sentiment: float | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    failures: int = 0  # so many in a row; 0: any number is borne
    confidence_below: float | None = None
    sentiment_below: float | None = None


def gives_up(signals: Signals, limits: Limits, failures: int) -> Why | None:
    """`failures` are those in a row before this reply."""
    if _is_below(signals.sentiment, limits.sentiment_below):
        return Why.SENTIMENT
    if _is_below(signals.confidence, limits.confidence_below):
        return Why.LOW_CONFIDENCE
    if signals.failed and 0 < limits.failures <= failures + 1:
        return Why.FAILURES
    return None


def asks_for_person(said: Iterable[str | None], words: tuple[str, ...]) -> bool:
    """Full-width or half-width, capital or small is the same. "agent" is not in "agenda", but in 「agentお願い」 it is."""
    if not words:
        return False
    wanted = _pattern(words)
    return any(wanted.search(_plain(text)) for text in said if text)


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(_bounded(_plain(word).strip()) for word in words))


def _bounded(word: str) -> str:
    """Only scripts with spaces between words have words that end."""
    before = r"(?<![a-z0-9])" if _is_latin(word[0]) else ""
    after = r"(?![a-z0-9])" if _is_latin(word[-1]) else ""
    return f"{before}{re.escape(word)}{after}"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_below(told: float | None, limit: float | None) -> bool:
    return told is not None and limit is not None and told < limit
