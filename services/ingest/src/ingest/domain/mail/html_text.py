"""HTML of a mail → plain text, quotes marked with ">" as a mail program would."""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_HTML_CHARS: Final = 2_000_000
_HIDDEN_NAMES: Final = "script style head title meta link template noscript object svg -comment _comment"
_BLOCK_NAMES: Final = """
p div section article header footer table tbody tr ul ol dl dt dd h1 h2 h3 h4 h5 h6 pre blockquote form fieldset address hr li
"""
_HIDDEN: Final = frozenset(_HIDDEN_NAMES.split())
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_APART: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre"})
_SPACES: Final = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")


def text_of(html: str) -> str:
    tree = LexborHTMLParser(html[:MAX_HTML_CHARS])
    writer = _Writer()
    if tree.root is not None:
        _walk(tree.root, writer)
    return writer.text()


def _walk(root: LexborNode, writer: "_Writer") -> None:
    """Without recursion: mails nest tables as deep as they like."""
    node: LexborNode | None = root
    while node is not None:
        inner = None if writer.enter(node) else node.first_child
        if inner is not None:
            node = inner
            continue
        while node is not None:
            writer.leave(node)
            if node.mem_id == root.mem_id:
                return
            if node.next is not None:
                node = node.next
                break
            node = node.parent


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line = ""
        self._quote = 0
        self._preformatted = 0

    def enter(self, node: LexborNode) -> bool:
        """True: nothing inside is for people."""
        tag = node.tag or ""
        if tag in _HIDDEN or _is_hidden(node):
            return True
        if tag == "-text":
            self._write(node.text_content or "")
        elif tag == "br":
            self._end_line()
        elif tag == "img":
            self._write(f" {(node.attributes.get('alt') or '')} ")
        elif tag in ("td", "th"):
            self._line += " " if self._line else ""
        elif tag in _BLOCKS:
            self._open(tag)
        return False

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag == "a":
            self._link(node)
        if tag in _BLOCKS and not _is_hidden(node):
            self._close(tag)

    def _open(self, tag: str) -> None:
        self._end_block()
        if tag in _APART:
            self._gap()
        self._quote += tag == "blockquote"
        self._preformatted += tag == "pre"
        if tag == "li":
            self._line = "- "
        if tag == "hr":
            self._line = "-" * 20

    def _close(self, tag: str) -> None:
        self._end_block()
        if tag in _APART:
            self._gap()
        self._quote -= tag == "blockquote"
        self._preformatted -= tag == "pre"

    def _link(self, node: LexborNode) -> None:
        """Where it leads, unless the words say so."""
        target = (node.attributes.get("href") or "").strip()
        if not target.startswith(("http://", "https://")):
            return
        said = node.text(deep=True).strip()
        if said and target.rstrip("/").endswith(said.rstrip("/")):
            return
        self._write(f" ({target})" if said else "")

    def _write(self, text: str) -> None:
        if self._preformatted:
            first, *others = text.split("\n")
            self._line += first
            for line in others:
                self._end_line()
                self._line = line
            return
        text = _SPACES.sub(" ", text)
        if not self._line or self._line.endswith(" "):
            text = text.lstrip(" ")
        self._line += text

    def _end_block(self) -> None:
        if self._line.strip():
            self._end_line()
        self._line = ""

    def _end_line(self) -> None:
        self._lines.append(self._marked(self._line.replace("\xa0", " ").rstrip()))
        self._line = ""

    def _gap(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._marked(""))

    def _marked(self, line: str) -> str:
        return f"{'>' * self._quote} {line}".rstrip() if self._quote else line

    def text(self) -> str:
        self._end_block()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip()


def _is_hidden(node: LexborNode) -> bool:
    style = node.attributes.get("style") if (node.tag or "-").isalnum() else None
    return style is not None and "display:none" in style.replace(" ", "").lower()
