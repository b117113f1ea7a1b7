"""Tenants' regular expressions: RE2, as CEL's standard says, whose time is linear in the text whatever a customer writes.

Source: github.com/google/re2/wiki/Syntax. Classes such as `\\w`, `\\d` and `\\b` mean ASCII; `\\p{Han}` and its like know the others.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import re2

_QUIET: Final = re2.Options()
_QUIET.log_errors = False


class PatternError(ValueError):
    """Not a regular expression; the message says why."""


def lenient_pattern(text: str) -> Callable[[str], bool]:
    """As `pattern`, but what is no regular expression matches nothing."""
    try:
        return pattern(text)
    except PatternError:
        return _matches_nothing


def _matches_nothing(_: str) -> bool:
    return False


@lru_cache(maxsize=4096)
def pattern(text: str) -> Callable[[str], bool]:
    """Whether a text holds a match. Compiled once: that costs a hundred times what matching a message does. Raises PatternError."""
    try:
        search = re2.compile(text, _QUIET).search
    except re2.error as error:
        raise PatternError(_reason(error)) from error

    def matches(words: str) -> bool:
        return search(words) is not None

    return matches


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else "not a regular expression"
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
