"""Long texts in pieces that a person can read: paragraph, else sentence, else space, else character. The pieces joined are the text.

A character is what a reader sees as one, an extended grapheme cluster of UAX #29: `regex` knows them (`\\X`), the standard library
doesn't. Between characters, no piece ends with what belongs to the next one (a Thai vowel that is written before its consonant, an
opening bracket) or begins with what belongs to the last one (JIS X 4051 forbids 。 、 」 ー ゃ, Thai ๆ and ฯ).
"""

from collections.abc import Callable, Sequence
from typing import Final

import regex

Measure = Callable[[str], int]
"""The length of a text in a provider's unit, the sum of its characters' lengths."""

_CLUSTER: Final = regex.compile(r"\X")
_SENTENCE_ENDS: Final = frozenset(".!?。！？…।")
_WIDE_ENDS: Final = frozenset("。！？…।")
_CLOSERS: Final = frozenset("\"')]}»”’」』）】〉》］｝")
_NOT_LAST: Final = frozenset("เแโใไ([{«“‘「『（【〈《［｛")
_NOT_FIRST: Final = _CLOSERS | frozenset(
    "、。，．,.!?！？…・：；:;ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ々ゝゞヽヾๆฯ"
)
_LEAST_FILL: Final = 0.5
_LONGEST_STEP: Final = 8
"""Characters looked over around one place, so that the work grows with the text only."""


def code_points(text: str) -> int:
    return len(text)


def utf16_units(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def graphemes(text: str) -> int:
    """What a reader counts."""
    return len(clusters(text))


def clusters(text: str) -> list[str]:
    return _CLUSTER.findall(text)


def split(text: str, limit: int, measure: Measure = code_points) -> list[str]:
    """Pieces of at most `limit` by `measure`; a character beyond the limit is cut between its code points. Raises ValueError for
    a limit of nothing.
    """
    if limit < 1:
        raise ValueError("a piece needs room for something")
    if measure(text) <= limit:
        return [text] if text else []
    parts = [part for cluster in clusters(text) for part in _bounded(cluster, limit, measure)]
    pieces: list[str] = []
    start = 0
    while start < len(parts):
        room = _fitting(parts, start, limit, measure)
        end = room if room == len(parts) else _best_end(parts, start, room)
        pieces.append("".join(parts[start:end]))
        start = end
    return pieces


def _bounded(cluster: str, limit: int, measure: Measure) -> Sequence[str]:
    return (cluster,) if measure(cluster) <= limit else tuple(cluster)


def _fitting(parts: Sequence[str], start: int, limit: int, measure: Measure) -> int:
    """The end of what fits from `start` on: one character at least."""
    used = measure(parts[start])
    for end in range(start + 1, len(parts)):
        used += measure(parts[end])
        if used > limit:
            return end
    return len(parts)


def _best_end(parts: Sequence[str], start: int, room: int) -> int:
    """The best place to end a piece of at most up to `room`, but not in its first half."""
    floor = start + max(1, int((room - start) * _LEAST_FILL))
    for is_end in (_ends_paragraph, _ends_sentence, _ends_word):
        for end in range(room, floor - 1, -1):
            if is_end(parts, end):
                return end
    least = max(floor, room - _LONGEST_STEP)
    return next((end for end in range(room, least - 1, -1) if _may_part(parts, end)), room)


def _ends_paragraph(parts: Sequence[str], end: int) -> bool:
    return "\n" in parts[end - 1] and "\n" not in parts[end]


def _ends_sentence(parts: Sequence[str], end: int) -> bool:
    """After the mark, the brackets that it closes and a space; wide marks need no space."""
    if parts[end].isspace() or parts[end][0] in _NOT_FIRST:
        return False
    at, least = end - 1, max(0, end - _LONGEST_STEP)
    while at > least and parts[at].isspace():
        at -= 1
    spaced = at < end - 1
    while at > least and parts[at][0] in _CLOSERS:
        at -= 1
    return parts[at][0] in _WIDE_ENDS or (spaced and parts[at][0] in _SENTENCE_ENDS)


def _ends_word(parts: Sequence[str], end: int) -> bool:
    return parts[end - 1].isspace() and not parts[end].isspace()


def _may_part(parts: Sequence[str], end: int) -> bool:
    return parts[end - 1][0] not in _NOT_LAST and parts[end][0] not in _NOT_FIRST
