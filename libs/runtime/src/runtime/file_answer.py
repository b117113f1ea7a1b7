"""How files that strangers sent are handed to a browser: shown in place where that is harmless, else saved; never run."""

from typing import Final
from urllib.parse import quote

_SHOWN: Final = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "audio/mpeg", "audio/ogg", "video/mp4"}
)


def file_headers(mime: str | None, name: str | None) -> dict[str, str]:
    """Headers of an answer whose body is the file."""
    place = "inline" if mime in _SHOWN else "attachment"
    return {
        "content-disposition": f"{place}; filename*=UTF-8''{quote(name or 'file', safe='')}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "cache-control": "private, max-age=86400",
    }
