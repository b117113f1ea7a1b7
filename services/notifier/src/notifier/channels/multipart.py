"""A form with files. Source: RFC 7578; names of files in UTF-8 as browsers send them. The same bytes in every attempt."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from notifier.channels.carried import CarriedFile


def multipart(key: UUID, fields: Mapping[str, str], files: Iterable[tuple[str, CarriedFile]]) -> tuple[bytes, str]:
    """The body and its content type. `files` are by the name of their field; `key` makes the boundary."""
    boundary = f"=_{key.hex}"
    parts = [_part(boundary, f'name="{name}"', "", value.encode()) for name, value in fields.items()]
    for name, file in files:
        shown = file.name.replace('"', "%22")
        place = f'name="{name}"; filename="{shown}"'
        parts.append(_part(boundary, place, f"Content-Type: {file.mime}\r\n", file.content))
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f'multipart/form-data; boundary="{boundary}"'


def _part(boundary: str, place: str, more: str, content: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {place}\r\n{more}\r\n".encode() + content + b"\r\n"
