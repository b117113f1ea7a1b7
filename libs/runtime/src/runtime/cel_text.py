"""The text of a condition in CEL: what in it is a literal or a comment, and what it asks `matches()` for.

Source: github.com/google/cel-spec/blob/master/doc/langdef.md, "Syntax".
"""

import re
from typing import Final

_RAW: Final = r"""\b(?:[bB]?[rR]|[rR][bB])(?:"{3}[\s\S]*?"{3}|'{3}[\s\S]*?'{3}|"[^"]*"|'[^']*')"""
_ESCAPED: Final = (
    r"""(?:\b[bB])?(?:"{3}(?:\\.|[^\\])*?"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
)
_LITERAL: Final = rf"(?:{_RAW}|{_ESCAPED})"
_PASSIVE: Final = rf"{_LITERAL}|//[^\n]*"
_DEAD: Final = re.compile(_PASSIVE)
_CALL: Final = re.compile(rf"({_PASSIVE})|\.\s*matches(?=\s*\()")
_ASKED: Final = re.compile(rf"\.\s*matches\s*\(\s*({_LITERAL})\s*\)|{_PASSIVE}")


def without_literals(condition: str) -> str:
    """An empty text stands for each literal and each comment."""
    return _DEAD.sub("''", condition)


def matches_as(name: str, condition: str) -> str:
    """With its calls of the method `matches` as calls of this one."""
    return _CALL.sub(lambda found: found[1] or f".{name}", condition)


def patterns_in(condition: str) -> list[str]:
    """The literals, as they are written, that `matches` is asked for."""
    return [found[1] for found in _ASKED.finditer(condition) if found[1]]
