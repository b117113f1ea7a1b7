"""A form with files, read without trusting it. Source: RFC 7578."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from ingest.domain.mail.charset import decode
from ingest.domain.shape import Unreadable
from ingest.domain.text import clean

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_PARTS: Final = 1_000
_MAX_HEADER_BYTES: Final = 8_192


@dataclass(frozen=True, slots=True)
class Part:
    """`file_name` is None for a plain field."""

    name: str
    content: bytes = field(repr=False)
    file_name: str | None = None
    mime: str = ""

    def text(self, charset: str | None = None) -> str:
        return clean(decode(self.content, charset or "utf-8"))


@dataclass(slots=True)
class _Open:
    headers: dict[str, str] = field(default_factory=dict)
    name: bytearray = field(default_factory=bytearray)
    value: bytearray = field(default_factory=bytearray)
    content: bytearray = field(default_factory=bytearray)


def read_multipart(body: bytes, content_type: str) -> tuple[Part, ...]:
    """In the order of the body. Raises Unreadable for what is no form or has more than MAX_PARTS parts."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if not boundary:
        raise Unreadable("the form names no boundary")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())
        parser.write(body)
        parser.finalize()
    except (MultipartParseError, ValueError) as error:
        raise Unreadable("the form can't be read") from error
    if not reader.ended:
        raise Unreadable("the form has no end")
    return tuple(reader.parts)


class _Reader:
    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.ended = False
        self._open = _Open()

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: _grow(self._open.name, data[start:end]),
            "on_header_value": lambda data, start, end: _grow(self._open.value, data[start:end]),
            "on_header_end": self._header,
            "on_part_data": self._data,
            "on_part_end": self._close,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        self._open = _Open()

    def _header(self) -> None:
        now = self._open
        now.headers[now.name.decode("latin-1").lower()] = now.value.decode("latin-1")
        now.name, now.value = bytearray(), bytearray()

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._open.content += data[start:end]

    def _close(self) -> None:
        if len(self.parts) >= MAX_PARTS:
            raise ValueError(f"more than {MAX_PARTS} parts")
        self.parts.append(_part(self._open))

    def _end(self) -> None:
        self.ended = True


def _grow(held: bytearray, piece: bytes) -> None:
    if len(held) + len(piece) > _MAX_HEADER_BYTES:
        raise ValueError("a header of the form is too long")
    held += piece


def _part(one: _Open) -> Part:
    _, options = parse_options_header(one.headers.get("content-disposition", ""))
    name, file_name = options.get(b"name", b""), options.get(b"filename")
    return Part(
        name=clean(decode(name, "utf-8")),
        content=bytes(one.content),
        file_name=clean(decode(file_name, "utf-8")) if file_name is not None else None,
        mime=one.headers.get("content-type", "").strip(),
    )


def read_any_form(body: bytes, content_type: str) -> tuple[Part, ...]:
    """Of either kind; no value of it is decoded yet. Raises Unreadable."""
    if content_type.partition(";")[0].strip().lower() == "multipart/form-data":
        return read_multipart(body, content_type)
    try:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARTS, encoding="latin-1")
    except ValueError:
        raise Unreadable(f"the form has more than {MAX_PARTS} fields") from None
    return tuple(Part(clean(name), value.encode("latin-1", "replace")) for name, value in pairs)


def fields_of(parts: tuple[Part, ...]) -> dict[str, str]:
    """The last value of each plain field."""
    return {part.name: part.text() for part in parts if part.file_name is None}
