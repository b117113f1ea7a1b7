"""A flex message that an integrator wrote. Source: LINE Messaging API reference, "Flex Message"."""

import json
from typing import Any, Final

from contracts.values import Content

ALT_LIMIT: Final = 1500
_CONTAINERS: Final = ("bubble", "carousel")


def flex_of(content: Content) -> list[dict[str, Any]]:
    """The payload is the container, the text what is read where it can't be shown. Empty: it is none, or has no text."""
    try:
        container = json.loads(content.payload or "")
    except (ValueError, RecursionError):
        return []
    if not content.text or not isinstance(container, dict) or container.get("type") not in _CONTAINERS:
        return []
    return [{"type": "flex", "altText": content.text[:ALT_LIMIT], "contents": container}]
