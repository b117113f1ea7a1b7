"""The lines of a text that is made from HTML: where blocks begin and end, what is quoted, what keeps its spaces."""

import re
from typing import Final

_APART: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
_SPACES: Final = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")
_MAX_QUOTE: Final = 20


class Lines:
    """`chars` are those of the finished lines and of the one that is being written."""

    def __init__(self) -> None:
        self.chars = 0
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quote = 0
        self._preformatted = 0
        self._fresh = False

    def write(self, text: str) -> None:
        if self._preformatted:
            first, *others = text.removeprefix("\n" if self._fresh else "").split("\n")
            self._fresh = False
            self._add(first)
            for line in others:
                self.end_line()
                self._add(line)
            return
        text = _SPACES.sub(" ", text)
        if not self._line or self._line[-1].endswith(" "):
            text = text.lstrip(" ")
        self._add(text)

    def next_cell(self) -> None:
        if self._line:
            self._add(" ")

    def open(self, name: str) -> None:
        self._begin_block(name)
        self._quote += name == "blockquote"
        self._fresh = name == "pre"
        self._preformatted += self._fresh
        if name == "li":
            self._add("- ")
        if name == "hr":
            self._add("-" * 20)

    def close(self, name: str) -> None:
        self._begin_block(name)
        self._quote -= name == "blockquote"
        self._preformatted -= name == "pre"

    def end_line(self) -> None:
        line = "".join(self._line).replace("\xa0", " ").rstrip()
        self._line = []
        self._lines.append(self._marked(line))

    def text(self) -> str:
        self._end_block()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()

    def _add(self, text: str) -> None:
        if text:
            self._line.append(text)
            self.chars += len(text)

    def _begin_block(self, name: str) -> None:
        self._end_block()
        if name in _APART and self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._marked(""))

    def _end_block(self) -> None:
        if any(piece.strip() for piece in self._line):
            self.end_line()
        self._line = []

    def _marked(self, line: str) -> str:
        self.chars += 1
        return f"{'>' * min(self._quote, _MAX_QUOTE)} {line}".rstrip() if self._quote else line
