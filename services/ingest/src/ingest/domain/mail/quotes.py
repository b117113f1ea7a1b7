"""What is new in a reply: without the mail that it answers, the sender's signature and "Sent from my phone".

Only what is surely quoted is left out, and the whole text is kept beside it. A forwarded mail is what the sender wants to show: it stays.
Quotes are looked for in the first EXAMINED_CHARS; of what follows only marked lines (">") are left out. The work grows with the length.
"""

import re
from typing import Final

from ingest.domain.mail.quote_patterns import (
    ATTRIBUTION,
    FORWARD_SUBJECT,
    FORWARDED,
    IF_QUOTED,
    MOBILE,
    RULE,
    SEPARATOR,
    SHARED,
    SIGNATURE,
    is_header_block,
)

EXAMINED_CHARS: Final = 150_000
_LINE_COST: Final = 50
"""In characters: a short line is examined in as many ways as a long one."""

_MAX_LINE_CHARS: Final = 600
_MOBILE_LINES: Final = 5
_ATTRIBUTION_LINES: Final = 4
_HEADER_LINES: Final = 8
_QUOTED: Final = re.compile(r"^\s*[>＞|]")
_MARKED: Final = re.compile(r"^\s*[>＞]")
_SPACES: Final = re.compile(r"[\s\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


def new_text(text: str, subject: str = "") -> str:
    """The whole text where nothing in it is new."""
    lines = text.split("\n")
    if FORWARD_SUBJECT.match(subject):
        at = next((at for at in range(_examined(lines)) if _is_forward(lines[at])), len(lines))
        kept, rest = lines[:at], lines[at:]
    else:
        kept, rest = _without_quotes(lines)
    if not rest:
        kept = _without_signature(kept)
    found = "\n".join([*_trimmed(kept), *(["", *rest] if rest and _trimmed(kept) else rest)]).strip("\n")
    return found if found.strip() else text


def _examined(lines: list[str]) -> int:
    """How many lines EXAMINED_CHARS are."""
    left = EXAMINED_CHARS
    for at, line in enumerate(lines):
        left -= min(len(line), _MAX_LINE_CHARS) + _LINE_COST
        if left < 0:
            return at
    return len(lines)


def _is_forward(line: str) -> bool:
    return FORWARDED.match(line[:_MAX_LINE_CHARS]) is not None


def _without_quotes(lines: list[str]) -> tuple[list[str], list[str]]:
    """What is left, and a forwarded mail that stays whole. Answers between quoted lines stay, the quoted lines go."""
    kept: list[str] = []
    at, end = 0, _examined(lines)
    while at < end:
        if _is_forward(lines[at]):
            return kept, lines[at:]
        shared = SHARED.match(lines[at]) if len(lines[at]) <= _MAX_LINE_CHARS else None
        length = 1 if shared else _introduction(lines, at)
        kept.extend([shared[1]] if shared else [])
        if length is not None:
            at = _after_quote(lines, at + length)
            continue
        if not _QUOTED.match(lines[at]):
            kept.append(lines[at])
        at += 1
    return kept + [line for line in lines[at:] if not _QUOTED.match(line)], []


def _introduction(lines: list[str], at: int) -> int | None:
    """How many lines from here say that a quoted mail follows."""
    if SEPARATOR.match(lines[at][:_MAX_LINE_CHARS]):
        return 1
    start = _after_blank(lines, at + 1) if RULE.match(lines[at]) else at
    if start < len(lines) and is_header_block(lines[start : start + _HEADER_LINES]):
        return start - at + 1
    return _attribution(lines, at)


def _attribution(lines: list[str], at: int) -> int | None:
    """Programs wrap it, so up to four lines are read as one; the last line where it may begin counts."""
    if not lines[at].strip():
        return None
    for length in range(1, _ATTRIBUTION_LINES + 1):
        if at + length > len(lines) or (length > 1 and not lines[at + length - 1].strip()):
            return None
        joined = _joined(lines[at : at + length])
        if len(joined) > _MAX_LINE_CHARS:
            return None
        if _introduces(lines, at + length, joined, whole=length == 1):
            later = (_joined(lines[at + skipped : at + length]) for skipped in range(1, length))
            return None if any(ATTRIBUTION.match(one) for one in later) else length
    return None


def _joined(lines: list[str]) -> str:
    return _SPACES.sub(" ", " ".join(line.lstrip(">＞ ") for line in lines)).strip()


def _introduces(lines: list[str], after: int, said: str, *, whole: bool) -> bool:
    """A sentence may look like it; the quote, or an address or a time in it, proves it."""
    following = _after_blank(lines, after)
    quoted = following < len(lines) and _QUOTED.match(lines[following]) is not None
    if ATTRIBUTION.match(said):
        return quoted or "@" in said or re.search(r"\d{1,2}[:：.時时시]\s?\d{2}", said) is not None
    return quoted and whole and IF_QUOTED.match(said) is not None


def _after_quote(lines: list[str], at: int) -> int:
    """Where marked lines follow, what comes after them is an answer; otherwise all that is left is the quoted mail."""
    marked = _after_blank(lines, at)
    if not _is_marked(lines, marked):
        return len(lines)
    while _is_marked(lines, following := _after_blank(lines, marked + 1)):
        marked = following
    return marked + 1


def _is_marked(lines: list[str], at: int) -> bool:
    return at < len(lines) and _MARKED.match(lines[at]) is not None


def _after_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _without_signature(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if SIGNATURE.match(line) and any(one.strip() for one in lines[:at]):
            return lines[:at]
    end = _before_blank(lines)
    for _ in range(_MOBILE_LINES):
        if not end or not MOBILE.match(lines[end - 1][:_MAX_LINE_CHARS]):
            break
        end = _before_blank(lines, end - 1)
    return lines[:end]


def _trimmed(lines: list[str]) -> list[str]:
    return lines[_after_blank(lines, 0) : _before_blank(lines)]


def _before_blank(lines: list[str], end: int | None = None) -> int:
    """Where the words before `end` end; a rule is none."""
    end = len(lines) if end is None else end
    while end > 0 and (not lines[end - 1].strip() or RULE.match(lines[end - 1])):
        end -= 1
    return end
