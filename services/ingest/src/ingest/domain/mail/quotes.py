"""What is new in a reply: without the mail that it answers, the sender's signature and "Sent from my phone".

Only what is surely quoted is left out, and the whole text is kept beside it. A forwarded mail is what the sender wants to show: it stays.
"""

import re
from typing import Final

from ingest.domain.mail.quote_patterns import (
    ATTRIBUTION,
    FORWARD_SUBJECT,
    FORWARDED,
    HEADER_FROM,
    HEADER_OTHERS,
    MOBILE,
    RULE,
    SEPARATOR,
    SIGNATURE,
)

MAX_LINES: Final = 20_000
_MAX_LINE_CHARS: Final = 600
_ATTRIBUTION_LINES: Final = 4
_HEADER_LINES: Final = 8
_QUOTED: Final = re.compile(r"^\s*[>＞|]")
_SPACES: Final = re.compile(r"[\s\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")


def new_text(text: str, subject: str = "") -> str:
    """The whole text where nothing in it is new."""
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        return text
    body = lines[: _forward(lines)]
    rest = lines[len(body) :]
    kept = body if FORWARD_SUBJECT.match(subject) else _without_quotes(body)
    if not rest:
        kept = _without_signature(kept)
    found = "\n".join([*_trimmed(kept), *(["", *rest] if rest and _trimmed(kept) else rest)]).strip("\n")
    return found if found.strip() else text


def _forward(lines: list[str]) -> int:
    return next((at for at, line in enumerate(lines) if FORWARDED.match(line[:_MAX_LINE_CHARS])), len(lines))


def _without_quotes(lines: list[str]) -> list[str]:
    """Answers between quoted lines stay, the quoted lines go."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        length = _introduction(lines, at)
        if length is None:
            if not _QUOTED.match(lines[at]):
                kept.append(lines[at])
            at += 1
            continue
        at = _after_quote(lines, at + length)
    return kept


def _introduction(lines: list[str], at: int) -> int | None:
    """How many lines from here say that a quoted mail follows."""
    if SEPARATOR.match(lines[at][:_MAX_LINE_CHARS]):
        return 1
    start = _after_blank(lines, at + 1) if RULE.match(lines[at]) else at
    if start < len(lines) and _is_header_block(lines, start):
        return start - at + 1
    return _attribution(lines, at)


def _attribution(lines: list[str], at: int) -> int | None:
    """Programs wrap it, so up to four lines are read as one."""
    if not lines[at].strip():
        return None
    joined = ""
    for length in range(1, _ATTRIBUTION_LINES + 1):
        if at + length > len(lines) or (length > 1 and not lines[at + length - 1].strip()):
            return None
        joined = _SPACES.sub(" ", f"{joined} {lines[at + length - 1].lstrip('>＞ ')}").strip()
        if len(joined) > _MAX_LINE_CHARS:
            return None
        if ATTRIBUTION.match(joined) and _introduces(lines, at + length, joined):
            return length
    return None


def _introduces(lines: list[str], after: int, said: str) -> bool:
    """A sentence may look like it; the quote, or an address or a time in it, proves it."""
    following = _after_blank(lines, after)
    if following < len(lines) and _QUOTED.match(lines[following]):
        return True
    return "@" in said or re.search(r"\d{1,2}[:：.時时시]\s?\d{2}", said) is not None


def _is_header_block(lines: list[str], at: int) -> bool:
    if not HEADER_FROM.match(lines[at][:_MAX_LINE_CHARS]):
        return False
    window = [line[:_MAX_LINE_CHARS] for line in lines[at + 1 : at + 1 + _HEADER_LINES]]
    return sum(any(label.match(line) for line in window) for label in HEADER_OTHERS) >= 2


def _after_quote(lines: list[str], at: int) -> int:
    """Where marked lines follow, what comes after them is an answer; otherwise all that is left is the quoted mail."""
    start = _after_blank(lines, at)
    if start >= len(lines) or not _QUOTED.match(lines[start]):
        return len(lines)
    while start < len(lines) and (_QUOTED.match(lines[start]) or _is_gap(lines, start)):
        start += 1
    return start


def _is_gap(lines: list[str], at: int) -> bool:
    following = _after_blank(lines, at)
    return not lines[at].strip() and following < len(lines) and _QUOTED.match(lines[following]) is not None


def _after_blank(lines: list[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _without_signature(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if SIGNATURE.match(line) and any(one.strip() for one in lines[:at]):
            return lines[:at]
    kept = _trimmed(lines)
    while kept and MOBILE.match(kept[-1][:_MAX_LINE_CHARS]):
        kept = _trimmed(kept[:-1])
    return kept


def _trimmed(lines: list[str]) -> list[str]:
    start, end = _after_blank(lines, 0), len(lines)
    while end > start and (not lines[end - 1].strip() or RULE.match(lines[end - 1])):
        end -= 1
    return lines[start:end]
