"""What several miniature providers read in the same way: basic credentials and form bodies."""

import base64
import binascii
from urllib.parse import parse_qsl

from sandbox.wire import Call


def basic(call: Call) -> tuple[str, str] | None:
    """User and password."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    try:
        user, colon, password = base64.b64decode(token, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if scheme.lower() == "basic" and colon and user and password else None


def form(call: Call) -> dict[str, list[str]]:
    """Every value of each field, in order."""
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields
