"""Files of visitors: what they are is read from their bytes, and only kinds that harm nobody who looks at them are taken."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.values import Attachment
from ingest.channels.webchat.sealed import seal, unseal
from runtime.errors import Refused
from runtime.file_type import kind_of

USABLE_FOR: Final = timedelta(hours=1)
_UPLOAD: Final = "upload"
_DOWNLOAD: Final = "download"

_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BRANDS: Final = {b"heic": "image/heic", b"avif": "image/avif", b"M4A ": "audio/mp4", b"qt  ": "video/quicktime"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    key: str
    mime: str
    size: int
    sha256: str
    name: str | None

    @property
    def attachment(self) -> Attachment:
        return Attachment(
            kind=kind_of(self.mime),
            mime=self.mime,
            size_bytes=self.size,
            sha256=self.sha256,
            file_name=self.name,
            object_key=self.key,
        )


def sniff(content: bytes) -> str:
    """The media type by content; what the sender called it doesn't count. Raises Refused 415 for any other kind."""
    for start, mime in _STARTS:
        if content.startswith(start):
            return mime
    if content[:4] == b"RIFF" and content[8:12] in _RIFF:
        return _RIFF[content[8:12]]
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], "video/mp4")
    if _is_text(content):
        return "text/plain"
    raise Refused("file_type_unsupported", "Files of this kind are not taken.", status=415)


def _is_text(content: bytes) -> bool:
    """Plain words in UTF-8. Mark-up (HTML, SVG, XML) begins with "<" and is refused."""
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    controls = any(ord(one) < 32 and one not in "\t\n\r\f" for one in words)
    return bool(words.strip()) and not controls and not words.lstrip().startswith("<")


def upload_token(file: StoredFile, visitor: str, secret: str, now: datetime) -> str:
    """What a message names the file by; of use to this visitor only."""
    return seal(_UPLOAD, asdict(file) | {"v": visitor, "e": _until(now)}, secret)


def read_upload(token: str, visitor: str, secrets: Sequence[str], now: datetime) -> StoredFile:
    value = _usable(_UPLOAD, token, secrets, now)
    if value is None or value.get("v") != visitor:
        raise Refused("file_unknown", "The file token is not one of this visitor's, or too old.", status=422)
    return StoredFile(value["key"], value["mime"], value["size"], value["sha256"], value["name"])


def download_token(attachment: Attachment, secret: str, now: datetime) -> str:
    value = {"key": attachment.object_key, "mime": attachment.mime, "name": attachment.file_name, "e": _until(now)}
    return seal(_DOWNLOAD, value, secret)


def read_download(token: str, secrets: Sequence[str], now: datetime) -> Mapping[str, Any] | None:
    return _usable(_DOWNLOAD, token, secrets, now)


def _usable(purpose: str, token: str, secrets: Sequence[str], now: datetime) -> Mapping[str, Any] | None:
    value = unseal(purpose, token, secrets)
    return value if value is not None and now.timestamp() < value["e"] else None


def _until(now: datetime) -> int:
    return int((now + USABLE_FOR).timestamp())
