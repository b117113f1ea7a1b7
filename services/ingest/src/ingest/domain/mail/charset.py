"""Bytes of a mail → text, whatever the charset is called, and if it lies."""

import codecs
import re
from typing import Final

_BETTER: Final = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "cp-850": "cp850",
    "utf8mb4": "utf-8",
    "utf 8": "utf-8",
    "unicode": "utf-8",
    "x-euc-jp": "euc_jp",
    "x-eucjp": "euc_jp",
    "x-ms-cp932": "cp932",
    "gb_2312-80": "gb18030",
    "x-gb2312": "gb18030",
    "cn-gb": "gb18030",
    "cn-big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "x-mac-roman": "mac_roman",
    "unicode-1-1-utf-7": "utf-7",
}
"""Supersets of what senders say, as mail programs read them: Windows' additions are in the wild under the plain names."""

_JIS: Final = (
    "iso-2022-jp",
    "iso-2022-jp-1",
    "iso-2022-jp-2",
    "iso-2022-jp-3",
    "jis",
    "iso-2022-jp-ms",
    "cp50220",
    "cp50221",
    "cp50222",
    "csiso2022jp",
)
_UNSAID: Final = frozenset(
    {"", "us-ascii", "ascii", "unknown", "unknown-8bit", "x-unknown", "default_charset", "default"}
)
_KANA: Final = re.compile("[\u3041-\u30ff]")
_NOT_TEXT: Final = frozenset(
    {"base64", "hex", "bz2", "zip", "zlib", "uu", "quopri", "rot13", "idna", "punycode", "undefined"}
)


def decode(content: bytes, charset: str | None) -> str:
    """Never raises; what no charset explains becomes U+FFFD."""
    name = (charset or "").strip().strip("\"'").lower().partition(";")[0]
    if name in _JIS:
        return iso_2022_jp(content)
    if name in _UNSAID:
        return guess(content)
    try:
        codec = codecs.lookup(_BETTER.get(name, name))
    except (LookupError, ValueError):
        return guess(content)
    if codec.name in _NOT_TEXT:
        return guess(content)
    try:
        return codec.decode(content, "strict")[0]
    except (UnicodeError, ValueError):
        return _as_utf8(content) or content.decode(codec.name, "replace")


def guess(content: bytes) -> str:
    """For a charset that nobody said, or that is none."""
    if b"\x1b$" in content or b"\x1b(J" in content:
        return iso_2022_jp(content)
    return _unescaped(content)


def _unescaped(content: bytes) -> str:
    return _as_utf8(content) or _as_japanese(content) or content.decode("cp1252", "replace")


def iso_2022_jp(content: bytes) -> str:
    """With NEC's circled numbers and half-width kana, which Windows sends under this name and Python's codec refuses."""
    out: list[str] = []
    mode = b"(B"
    for index, piece in enumerate(re.split(rb"\x1b(\$[@B]|\$\([DOPQ]|\([BJI])", content)):
        if index % 2:
            mode = piece
        elif piece:
            out.append(_jis_piece(mode, piece))
    return "".join(out)


def _jis_piece(mode: bytes, piece: bytes) -> str:
    if mode == b"(I":
        return bytes(byte | 0x80 for byte in piece).decode("cp932", "replace")
    if not mode.startswith(b"$"):
        return _unescaped(piece)
    if mode == b"$(D":
        return (b"\x1b$(D" + piece).decode("iso2022_jp_ext", "replace")
    lines = re.split(rb"([\r\n]+)", piece)
    return "".join(line.decode("ascii") if line[:1] in b"\r\n" else _double(line) for line in lines if line)


def _double(piece: bytes) -> str:
    """JIS X 0208 by way of Shift_JIS, whose Windows version has the vendors' rows."""
    shifted = bytearray()
    for first, second in zip(piece[::2], piece[1::2], strict=False):
        row, cell = first - 0x21, second - 0x21
        if not (0 <= row < 94 and 0 <= cell < 94):
            return (b"\x1b$B" + piece).decode("iso2022_jp", "replace")
        trail = cell + (94 if row % 2 else 0)
        shifted += bytes((0x81 + row // 2 if row < 62 else 0xC1 + row // 2, _trail(trail)))
    return shifted.decode("cp932", "replace")


def _trail(position: int) -> int:
    return position + (0x40 if position < 63 else 0x41)


def _as_utf8(content: bytes) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _as_japanese(content: bytes) -> str | None:
    """Raw Shift_JIS or EUC-JP shows by its kana; anything else could be any Western charset."""
    for name in ("cp932", "euc_jp"):
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        foreign = sum(1 for letter in text if letter > "\x7f")
        halves = sum(1 for letter in text if "\uff61" <= letter <= "\uff9f")
        if foreign and len(_KANA.findall(text)) * 4 >= foreign and halves * 2 < foreign:
            return text
    return None
