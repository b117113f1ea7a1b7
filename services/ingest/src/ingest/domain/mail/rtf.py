"""RTF of a mail → plain text, or the HTML that Outlook wrapped in it. Source: RTF 1.9.1; MS-OXRTFEX."""

import re
from dataclasses import dataclass, field, replace
from html import escape
from typing import Final

from ingest.domain.mail.charset import decode

_TOKEN: Final = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z\r\n])|([{}])|\\?[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_HIDDEN: Final = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer footnote generator themedata listtable".split()
)
_BREAKS: Final = {
    b"par": "\n",
    b"line": "\n",
    b"tab": "\t",
    b"cell": "\t",
    b"row": "\n",
    b"emdash": "—",
    b"endash": "–",
}
_MAX_DEPTH: Final = 200


@dataclass(frozen=True, slots=True)
class _State:
    """`fallback`: so many characters after a Unicode one are for programs that don't know it."""

    hidden: bool = False
    tag: bool = False
    muted: bool = False
    fallback: int = 1


@dataclass(slots=True)
class _Reader:
    out: list[str] = field(default_factory=list)
    stack: list[_State] = field(default_factory=list)
    state: _State = _State()
    raw: bytearray = field(default_factory=bytearray)
    page: str = "cp1252"
    starred: bool = False
    skipping: int = 0
    is_html: bool = False

    def taken(self, content: bytes) -> None:
        """Held until something else comes: a character may be of two bytes."""
        skipped, self.skipping = content[: self.skipping], max(0, self.skipping - len(content))
        if not self.state.hidden and not self.state.muted:
            self.raw += content[len(skipped) :]

    def text(self, said: str) -> None:
        if not self.state.hidden and not self.state.muted:
            self.flush()
            self.out.append(said)

    def flush(self) -> None:
        said = decode(bytes(self.raw), self.page) if self.raw else ""
        self.out.append(escape(said, quote=False) if self.is_html and not self.state.tag else said)
        self.raw.clear()

    def brace(self, opens: bool) -> None:
        self.flush()
        self.starred, self.skipping = False, 0
        if opens:
            self.stack.append(self.state)
        elif self.stack:
            self.state = self.stack.pop()

    def word(self, name: bytes, number: int | None) -> None:
        if self.starred or name in _HIDDEN:
            self.starred = False
            is_tag = name == b"htmltag" and self.is_html
            self.flush()
            self.state = replace(self.state, hidden=self.state.hidden or not is_tag, tag=is_tag, muted=False)
        elif name in _BREAKS:
            self.text(_BREAKS[name])
        elif name == b"u" and number is not None:
            self.text(chr(number % 65536))
            self.skipping = self.state.fallback
        else:
            self.setting(name, number)

    def setting(self, name: bytes, number: int | None) -> None:
        if name == b"htmlrtf":
            self.flush()
            self.state = replace(self.state, muted=number != 0)
        elif name == b"fromhtml":
            self.is_html = True
        elif name == b"ansicpg" and number is not None:
            self.page = f"cp{number}"
        elif name == b"uc" and number is not None:
            self.state = replace(self.state, fallback=max(0, number))


def read_rtf(content: bytes) -> tuple[str, str]:
    """Text and HTML; one of them is "". Never raises."""
    reader = _Reader()
    for token in _TOKEN.finditer(content):
        word, number, code, symbol, brace, plain = token.groups()
        if len(reader.stack) > _MAX_DEPTH:
            break
        if brace:
            reader.brace(brace == b"{")
        elif word:
            reader.word(word, int(number) if number else None)
        elif code:
            reader.taken(bytes((int(code, 16),)))
        elif symbol == b"*":
            reader.starred = True
        elif symbol:
            reader.text({b"~": "\xa0", b"_": "-", b"-": ""}.get(symbol, symbol.decode("latin-1")))
        elif plain:
            reader.taken(plain)
    reader.flush()
    said = _joined("".join(reader.out))
    return ("", said) if reader.is_html else (said.strip("\n"), "")


def _joined(said: str) -> str:
    """Characters beyond the first plane come as two halves."""
    return said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
