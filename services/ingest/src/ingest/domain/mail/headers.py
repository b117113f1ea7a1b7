"""Header values as people read them. The standard library's newer header parser raises for some malformed ones, so the values are
read raw and decoded here.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from ingest.domain.mail.charset import decode, guess
from ingest.domain.text import clean

MAX_HEADER_CHARS: Final = 8_192
MAX_IDS: Final = 50
MAX_ID_CHARS: Final = 512
_MAX_COMMENTS: Final = 50
_NO_COMMENTS: Final = {ord("("): " ", ord(")"): " "}
_ID: Final = re.compile(r"<([^<>\s]{1,510})>")
_ZONE: Final = re.compile(r"(?:\b(?:GMT|UTC))?([+-]\d{2}):(\d{2})(?=\s*(?:\(|$))")
_NAMED_ZONES: Final = {"JST": "+0900", "KST": "+0900"}
_LATEST: Final = datetime(9998, 1, 1, tzinfo=UTC)
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)

Headers = dict[str, list[str]]
"""Raw values by lower-case name, in the order of the mail."""


def headers_of(message: Message) -> Headers:
    return gathered((name, str(value)) for name, value in message.raw_items())


def gathered(pairs: Iterable[tuple[str, str]]) -> Headers:
    found: Headers = {}
    for name, value in pairs:
        found.setdefault(name.strip().lower(), []).append(value)
    return found


def first(headers: Headers, name: str) -> str:
    """Raw, unfolded; "" where there is none."""
    return _unfolded(headers.get(name, [""])[0])[:MAX_HEADER_CHARS]


def words(headers: Headers, name: str) -> str:
    return decoded(first(headers, name))


def decoded(raw: str) -> str:
    """RFC 2047 words, of one charset joined before they are decoded (Japanese mailers cut characters in two); raw 8-bit text too."""
    raw = _unfolded(raw)
    if "=?" not in raw:
        return clean(_eight_bit(raw).strip())
    try:
        pieces = decode_header(raw)
    except (HeaderParseError, ValueError):
        return clean(_eight_bit(raw).strip())
    return clean("".join(_piece(content, charset) for content, charset in pieces).strip())


def _piece(content: bytes | str, charset: str | None) -> str:
    if isinstance(content, str):
        return _eight_bit(content)
    if charset is None:
        return _eight_bit(content.decode("raw-unicode-escape", "replace"))
    return decode(content, charset.partition("*")[0])


def _eight_bit(raw: str) -> str:
    """Bytes above ASCII came through as lone surrogates."""
    try:
        raw.encode()
    except UnicodeEncodeError:
        return guess(raw.encode("utf-8", "surrogateescape"))
    return raw


def _unfolded(raw: str) -> str:
    return re.sub(r"[\r\n]+[ \t]*", " ", raw).strip()


def addresses(headers: Headers, name: str) -> list[tuple[str, str]]:
    """(display name, address in lower case), split before the words are decoded, so that no word can smuggle in a comma."""
    values = [_uncommented(_unfolded(value)[:MAX_HEADER_CHARS]) for value in headers.get(name, [])]
    found = getaddresses(values) if values else []
    return [(decoded(shown), bare(address)) for shown, address in found if "@" in address]


def _uncommented(value: str) -> str:
    """The standard library reads comments within comments by recursion; nobody writes many."""
    return value.translate(_NO_COMMENTS) if value.count("(") > _MAX_COMMENTS else value


def bare(address: str) -> str:
    return clean(_eight_bit(address)).strip().strip("<>").strip().lower()


def ids(headers: Headers, name: str) -> list[str]:
    """Message ids in their angle brackets, without repeats."""
    joined = " ".join(_unfolded(value)[: 16 * MAX_HEADER_CHARS] for value in headers.get(name, []))
    return list(dict.fromkeys(f"<{clean(_eight_bit(one))}>" for one in _ID.findall(joined)))


def message_id(headers: Headers, name: str = "message-id") -> str | None:
    """A Message-ID that lost its brackets still is one."""
    found = ids(headers, name)
    if found:
        return found[0]
    alone = clean(_eight_bit(first(headers, name))).strip("<> ")
    return f"<{alone}>" if alone and " " not in alone and len(alone) < MAX_ID_CHARS - 2 else None


def date(headers: Headers, name: str = "date") -> datetime | None:
    return parsed_date(first(headers, name))


def parsed_date(raw: str) -> datetime | None:
    """RFC 5322, or ISO 8601; zones as some programs and Postmark write them: `-04:00`, `GMT+09:00`, `JST`."""
    plain = _ZONE.sub(r"\1\2", raw.strip())
    for name, offset in _NAMED_ZONES.items():
        plain = plain.replace(f" {name}", f" {offset}")
    found = _rfc_5322(plain) or _iso(raw.strip())
    if found is None:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC) if _EARLIEST <= aware <= _LATEST else None
    except OverflowError:
        return None


def _rfc_5322(raw: str) -> datetime | None:
    try:
        return parsedate_to_datetime(raw)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _iso(raw: str) -> datetime | None:
    try:
        return datetime.fromisoformat(raw)
    except ValueError:
        return None
