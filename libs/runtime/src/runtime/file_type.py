"""What a file is, by its first bytes, and what kind of content that makes it."""

from typing import Final

import puremagic

from contracts.values import ContentKind

_HEAD_BYTES: Final = 16 * 1024
_UNKNOWN: Final = "application/octet-stream"
_BY_TYPE: Final = {"image": ContentKind.IMAGE, "video": ContentKind.VIDEO, "audio": ContentKind.AUDIO}
_DANGEROUS: Final = ("text/html", "image/svg", "application/xhtml", "text/javascript", "application/javascript")


def file_type(content: bytes, said: str | None) -> str:
    """By content where that is known; else as `said`, unless a browser could run it."""
    try:
        found = puremagic.from_string(content[:_HEAD_BYTES], mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return str(found)
    claimed = (said or "").partition(";")[0].strip().lower()
    return _UNKNOWN if not claimed or claimed.startswith(_DANGEROUS) else claimed


def kind_of(mime: str | None) -> ContentKind:
    return _BY_TYPE.get((mime or "").partition("/")[0].lower(), ContentKind.FILE)
