"""The files whose bytes travel inside a request, with a name and a type that no header can be broken by."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from mimetypes import guess_extension
from typing import Final

from contracts.values import Attachment

_BREAKS: Final = re.compile(r"[\r\n\x00-\x1f]+")
_MIME: Final = re.compile(r"(?!message/|multipart/)[a-z0-9-]{1,40}/[A-Za-z0-9.+-]{1,80}")


@dataclass(frozen=True, slots=True)
class CarriedFile:
    name: str
    mime: str
    content: bytes = field(repr=False)

    @property
    def base64(self) -> str:
        return base64.b64encode(self.content).decode("ascii")


def carried(file: Attachment, number: int, files: Mapping[str, bytes]) -> CarriedFile | None:
    """None: its bytes are not here. `number` names a file that has no name."""
    content = files.get(file.object_key or "")
    if content is None:
        return None
    mime = file.mime if file.mime and _MIME.fullmatch(file.mime) else "application/octet-stream"
    named = one_line(file.file_name or "").replace("/", "_") or f"file-{number}{guess_extension(mime) or ''}"
    return CarriedFile(named, mime, content)


def one_line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()
