"""What several miniature providers read in the same way: basic credentials, form bodies, forms with files."""

import base64
import binascii
import email
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


def is_form_data(call: Call) -> bool:
    return call.headers.get("content-type", "").startswith("multipart/form-data")


def form_data(call: Call) -> dict[str, str]:
    """The last value of each field; of files their names."""
    if not is_form_data(call):
        return {name: values[-1] for name, values in form(call).items()}
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n"
    found: dict[str, str] = {}
    for part in email.message_from_bytes(head.encode() + call.body).walk():
        name = part.get_param("name", "", "content-disposition")
        if not part.is_multipart() and isinstance(name, str) and name:
            content = part.get_payload(decode=True)
            said = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
            found[name] = part.get_filename() or said
    return found
