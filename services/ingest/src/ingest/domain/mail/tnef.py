"""winmail.dat: Outlook's own wrapping of a mail. Source: MS-OXTNEF.

Read here because no kept library with a permissive licence reads it: the attributes in order, the text, the HTML and the files.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ingest.domain.mail.charset import decode
from ingest.domain.mail.letter import File
from ingest.domain.mail.lzfu import decompressed
from ingest.domain.mail.rtf import read_rtf
from ingest.domain.text import clean

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_BODY, _PROPERTIES = 0x800C, 0x9003
_RENDERING, _TITLE, _DATA, _ATTACHMENT = 0x9002, 0x8010, 0x800F, 0x9005
_CODE_PAGE: Final = 0x9007
_P_BODY, _P_RTF, _P_HTML, _P_LONG_NAME, _P_MIME, _P_CONTENT_ID = 0x1000, 0x1009, 0x1013, 0x3707, 0x370E, 0x3712
_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE: Final = frozenset({13, 30, 31, 258})
_MAX_PROPERTIES: Final = 2_000
_MAX_FILES: Final = 100


@dataclass(frozen=True, slots=True)
class Unpacked:
    text: str
    html: str
    files: tuple[File, ...]


@dataclass(slots=True)
class _Attached:
    title: str = ""
    content: bytes = b""
    properties: dict[int, bytes | str] = field(default_factory=dict)


def is_tnef(mime: str, name: str | None, content: bytes) -> bool:
    named = mime in ("application/ms-tnef", "application/vnd.ms-tnef") or (name or "").lower() == "winmail.dat"
    return named and content.startswith(_SIGNATURE)


def unpacked(content: bytes) -> Unpacked | None:
    """None where it is broken or empty: then it stays the file that it is."""
    try:
        found = _read(content)
    except (struct.error, IndexError, ValueError):
        return None
    return found if found.text or found.html or found.files else None


def _read(content: bytes) -> Unpacked:
    page, body = "cp1252", b""
    mine: dict[int, bytes | str] = {}
    attached: list[_Attached] = []
    for attribute, data in _attributes(content):
        match attribute:
            case _ if attribute == _CODE_PAGE and len(data) >= 4:
                page = f"cp{struct.unpack_from('<I', data)[0]}"
            case _ if attribute == _BODY:
                body = data
            case _ if attribute == _PROPERTIES:
                mine = _properties(data, page)
            case _ if attribute == _RENDERING and len(attached) < _MAX_FILES:
                attached.append(_Attached())
            case _ if attached:
                _complete(attached[-1], attribute, data, page)
    text = decode(body.rstrip(b"\0"), page) or _said(mine.get(_P_BODY), page)
    html = _said(mine.get(_P_HTML), page)
    if not text and not html:
        text, html = _rich(mine.get(_P_RTF))
    return Unpacked(clean(text), clean(html), tuple(_file(one, page) for one in attached))


def _rich(packed: bytes | str | None) -> tuple[str, str]:
    """Outlook's own form of the body, read where there is no other."""
    try:
        return read_rtf(decompressed(packed)) if isinstance(packed, bytes) else ("", "")
    except (struct.error, ValueError):
        return "", ""


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Level, id and type, length, data, checksum; after the signature and a key."""
    at = 6
    while at + 11 <= len(content):
        attribute, length = struct.unpack_from("<xHxxI", content, at)
        data = content[at + 9 : at + 9 + length]
        if len(data) < length:
            raise ValueError("an attribute ends after the file")
        yield attribute, data
        at += 11 + length


def _complete(one: _Attached, attribute: int, data: bytes, page: str) -> None:
    match attribute:
        case _ if attribute == _TITLE:
            one.title = decode(data.rstrip(b"\0"), page)
        case _ if attribute == _DATA:
            one.content = data
        case _ if attribute == _ATTACHMENT:
            one.properties = _properties(data, page)


def _file(one: _Attached, page: str) -> File:
    name = _said(one.properties.get(_P_LONG_NAME), page) or one.title
    mime = _said(one.properties.get(_P_MIME), page) or "application/octet-stream"
    place = _said(one.properties.get(_P_CONTENT_ID), page) or None
    return File(one.content, mime[:127], clean(name) or None, place)


def _said(value: bytes | str | None, page: str) -> str:
    return decode(value.rstrip(b"\0"), page) if isinstance(value, bytes) else (value or "")


def _properties(data: bytes, page: str) -> dict[int, bytes | str]:
    found: dict[int, bytes | str] = {}
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, _MAX_PROPERTIES)):
        kind, name = struct.unpack_from("<HH", data, at)
        at = _after_name(data, at + 4) if name >= 0x8000 else at + 4
        base = kind & 0x0FFF
        repeats = 1
        if kind & 0x1000 or base in _VARIABLE:
            repeats, at = struct.unpack_from("<I", data, at)[0], at + 4
        for _ in range(min(repeats, _MAX_PROPERTIES)):
            value, at = _value(data, at, base)
            found.setdefault(name, value.decode("utf-16-le", "replace").rstrip("\0") if base == 31 else value)
    return found


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind in _FIXED:
        return data[at : at + _FIXED[kind]], at + _FIXED[kind]
    if kind not in _VARIABLE:
        raise ValueError("a property of a type that nobody documented")
    length = struct.unpack_from("<I", data, at)[0]
    start = at + 4
    if start + length > len(data):
        raise ValueError("a property ends after its attribute")
    return data[start : start + length], start + length + (-length % 4)


def _after_name(data: bytes, at: int) -> int:
    """A named property: a set's id, then a number or a padded name."""
    kind, length = struct.unpack_from("<II", data, at + 16)
    if kind == 0:
        return at + 24
    padded: int = length + (-length % 4)
    return at + 24 + padded
