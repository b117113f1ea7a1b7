"""What a file is, by its first bytes."""

from typing import Final

import puremagic

_HEAD_BYTES: Final = 16 * 1024
_UNKNOWN: Final = "application/octet-stream"
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
