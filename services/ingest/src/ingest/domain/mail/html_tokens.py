"""HTML as its texts and tags, one after the other, in work that grows with its length only.

A tree is what a bomb blows up: HTML5's rules look through all open elements for every new one, and every tree of 100,000 elements within
each other takes half a minute. Source: HTML Standard, "Tokenization", as far as text needs it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

MAX_TAGS: Final = 100_000
_TAG: Final = re.compile(
    r"""<(/?)([a-zA-Z][^\s/<>]*+)((?:[^<>=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=)*+)>""",
)
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++))""")
_RAW: Final = frozenset({"script", "style", "title", "xmp", "iframe", "noembed", "noframes"})
"""Their content is no HTML."""


@dataclass(frozen=True, slots=True)
class Tag:
    """`name` in lower case; "" for a comment or declaration has no Tag. `rest` are the attributes, unread."""

    name: str
    closing: bool = False
    rest: str = ""

    def attribute(self, name: str) -> str:
        """ "" where there is none."""
        for found in _ATTRIBUTE.finditer(self.rest):
            if found[1].lower() == name:
                return unescape(found[2] or found[3] or found[4] or "")
        return ""


def tokens(html: str) -> Iterator[str | Tag]:
    """Texts without character references. Ends after MAX_TAGS."""
    at = 0
    for _ in range(MAX_TAGS):
        start = html.find("<", at)
        if start < 0:
            break
        if start > at:
            yield unescape(html[at:start])
        tag = _TAG.match(html, start)
        if tag is None:
            at = _after_no_tag(html, start)
            if at == start + 1:
                yield "<"
            continue
        name, closing = tag[2].lower(), bool(tag[1])
        yield Tag(name, closing, tag[3])
        at = tag.end() if closing or name not in _RAW else _raw_end(html, name, tag.end())
    else:
        return
    yield unescape(html[at:])


def _after_no_tag(html: str, start: int) -> int:
    """Behind a comment or declaration; one character on where it is neither."""
    if html.startswith("<!--", start):
        end = html.find("-->", start + 2)
        return end + 3 if end >= 0 else len(html)
    if html[start + 1 : start + 2] in ("!", "?", "/"):
        end = html.find(">", start)
        return end + 1 if end >= 0 else len(html)
    return start + 1


def _raw_end(html: str, name: str, at: int) -> int:
    found = re.compile(f"</{name}", re.IGNORECASE).search(html, at)
    return found.start() if found else len(html)
