"""HTML of a mail → plain text, quotes marked with ">" as a mail program would."""

import re
from dataclasses import dataclass, field
from typing import Final

from ingest.domain.mail.html_lines import Lines
from ingest.domain.mail.html_tokens import Tag, tokens

MAX_HTML_CHARS: Final = 2_000_000
MAX_TEXT_CHARS: Final = 400_000
"""More than an event holds: whoever asks for the text keeps such HTML as a file besides."""

_MAX_DEPTH: Final = 500
_VOID: Final = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))
_HIDDEN: Final = frozenset(("script", "style", "head", "title", "template", "noscript", "object", "svg"))
_IN_HEAD: Final = (_HIDDEN - {"object", "svg"}) | {"html", "base", "link", "meta"}
_BLOCK_NAMES: Final = """
p div section article header footer table tbody tr ul ol dl dt dd h1 h2 h3 h4 h5 h6 pre blockquote form fieldset address hr li
"""
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_ENDED_BY: Final = {
    "li": ("li", {"ul", "ol"}),
    "dt": ("dt dd", {"dl"}),
    "dd": ("dt dd", {"dl"}),
    "tr": ("tr td th", {"table"}),
    "td": ("td th", {"table", "tr"}),
    "th": ("td th", {"table", "tr"}),
}
"""Which elements end where this one begins, and how far up one looks for them."""

_KEPT: Final = _BLOCKS | {"a", "td", "th"}
"""Others change nothing, unless one of their name is hidden: its end has to be told from theirs."""

_NO_STYLE: Final = re.compile(r"\s+")


def text_of(html: str) -> str:
    reader = _Reader()
    for token in tokens(html[:MAX_HTML_CHARS]):
        reader.take(token)
        if reader.lines.chars > MAX_TEXT_CHARS:
            break
    reader.end()
    return reader.lines.text()


@dataclass(slots=True)
class _Open:
    """An element that has begun. `said` is what its words were so far, where it is a link."""

    name: str
    hidden: bool
    href: str = ""
    said: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self) -> None:
        self.lines = Lines()
        self._open: list[_Open] = []
        self._names: dict[str, int] = {}
        self._hidden = 0
        self._link: _Open | None = None

    def take(self, token: str | Tag) -> None:
        if isinstance(token, str):
            self._text(token)
        elif token.closing:
            self._close(token.name)
        else:
            self._begin(token)

    def end(self) -> None:
        while self._open:
            self._pop()

    def _text(self, text: str) -> None:
        if self._open and self._open[-1].name == "head" and text.strip():
            self._pop()
        if self._hidden:
            return
        if self._link is not None:
            self._link.said.append(text)
        self.lines.write(text)

    def _begin(self, tag: Tag) -> None:
        self._end_others(tag.name)
        hidden = tag.name in _HIDDEN or _is_hidden(tag)
        if not self._hidden and not hidden:
            self._show(tag)
        if tag.name in _VOID or len(self._open) >= _MAX_DEPTH:
            return
        if hidden or tag.name in _KEPT or self._names.get(tag.name):
            self._push(tag, hidden)

    def _show(self, tag: Tag) -> None:
        if tag.name == "br":
            self.lines.end_line()
        elif tag.name == "img":
            self.lines.write(f" {tag.attribute('alt')} ")
        elif tag.name in ("td", "th"):
            self.lines.next_cell()
        elif tag.name in _BLOCKS:
            self.lines.open(tag.name)
            if tag.name in _VOID:
                self.lines.close(tag.name)

    def _push(self, tag: Tag, hidden: bool) -> None:
        element = _Open(tag.name, hidden, tag.attribute("href").strip() if tag.name == "a" else "")
        self._open.append(element)
        self._names[tag.name] = self._names.get(tag.name, 0) + 1
        self._hidden += hidden
        if tag.name == "a" and not self._hidden:
            self._link = element

    def _end_others(self, name: str) -> None:
        """Elements whose end nobody writes."""
        if self._names.get("head") and name not in _IN_HEAD:
            self._close("head")
        if self._names.get("svg") and name in _BLOCKS:
            self._close("svg")
        if name == "a" and self._link is not None:
            self._close("a")
        if name in _BLOCKS and self._open and self._open[-1].name == "p":
            self._pop()
        ended, within = _ENDED_BY.get(name, ("", set()))
        self._close_within(ended.split(), within)

    def _close_within(self, names: list[str], within: set[str]) -> None:
        if not any(self._names.get(name) for name in names):
            return
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].name in within:
                return
            if self._open[at].name in names:
                while len(self._open) > at:
                    self._pop()

    def _close(self, name: str) -> None:
        if not self._names.get(name):
            return
        while self._pop() != name:
            pass

    def _pop(self) -> str:
        element = self._open.pop()
        self._names[element.name] -= 1
        if element is self._link:
            self._link = None
            self._led(element)
        self._hidden -= element.hidden
        if not self._hidden and not element.hidden and element.name in _BLOCKS:
            self.lines.close(element.name)
        return element.name

    def _led(self, link: _Open) -> None:
        """Where it leads, unless the words say so."""
        said = "".join(link.said).strip()
        if not said or not link.href.startswith(("http://", "https://")):
            return
        if not link.href.rstrip("/").endswith(said.rstrip("/")):
            self.lines.write(f" ({link.href})")


def _is_hidden(tag: Tag) -> bool:
    return "style" in tag.rest.lower() and "display:none" in _NO_STYLE.sub("", tag.attribute("style")).lower()
