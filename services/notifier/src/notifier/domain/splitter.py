"""Long texts in pieces that a person can read: paragraph, else sentence, else space, else character.

A character is what a reader sees as one (a grapheme cluster): combining marks, variation selectors, emoji joined by ZWJ,
skin tones, flags and Thai vowel signs stay with their base. A simplification of UAX #29 with the standard library.
"""

from collections.abc import Callable, Iterator
from typing import Final
from unicodedata import category

Measure = Callable[[str], int]

_ZWJ: Final = "\u200d"
_SENTENCE_ENDS: Final = frozenset(".!?。！？…।")
_WIDE_ENDS: Final = frozenset("。！？…।")
_MARKS: Final = frozenset({"Mn", "Me", "Mc"})
_LEAST_FILL: Final = 0.5


def utf16_units(text: str) -> int:
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Pieces of at most `limit` by `measure`; a single character beyond the limit makes a piece of its own code points."""
    if measure(text) <= limit:
        return [text] if text else []
    pieces: list[str] = []
    rest = [part for cluster in clusters(text) for part in _bounded(cluster, limit, measure)]
    while rest:
        room = _fitting(rest, limit, measure)
        end = room if room == len(rest) else _break_before(rest, room)
        pieces.append("".join(rest[:end]).strip())
        rest = rest[end:]
    return [piece for piece in pieces if piece]


def clusters(text: str) -> Iterator[str]:
    current = ""
    for char in text:
        if current and not _joins(current, char):
            yield current
            current = ""
        current += char
    if current:
        yield current


def _joins(current: str, char: str) -> bool:
    last = current[-1]
    if last == "\r" and char == "\n":
        return True
    if last in "\r\n" or char in "\r\n":
        return False
    if char == _ZWJ or category(char) in _MARKS or _is_modifier(char):
        return True
    if last == _ZWJ:
        return ord(char) > 0x2000
    return _is_flag_letter(char) and _is_flag_letter(last) and len(current) % 2 == 1


def _is_modifier(char: str) -> bool:
    point = ord(char)
    return 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F or 0xFF9E <= point <= 0xFF9F


def _is_flag_letter(char: str) -> bool:
    return 0x1F1E6 <= ord(char) <= 0x1F1FF


def _bounded(cluster: str, limit: int, measure: Measure) -> list[str]:
    return [cluster] if measure(cluster) <= limit else list(cluster)


def _fitting(rest: list[str], limit: int, measure: Measure) -> int:
    used = 0
    for index, cluster in enumerate(rest):
        used += measure(cluster)
        if used > limit:
            return max(1, index)
    return len(rest)


def _break_before(rest: list[str], room: int) -> int:
    """The best place to end a piece of at most `room` characters, but not in its first half."""
    floor = max(1, int(room * _LEAST_FILL))
    for is_end in (_ends_paragraph, _ends_sentence, _ends_word):
        for end in range(room, floor - 1, -1):
            if is_end(rest, end):
                return end
    return room


def _ends_paragraph(rest: list[str], end: int) -> bool:
    return "\n" in rest[end - 1]


def _ends_sentence(rest: list[str], end: int) -> bool:
    mark = rest[end - 1]
    if mark.isspace() and end >= 2:
        mark = rest[end - 2]
        return mark[0] in _SENTENCE_ENDS
    return mark[0] in _WIDE_ENDS


def _ends_word(rest: list[str], end: int) -> bool:
    return rest[end - 1].isspace()
