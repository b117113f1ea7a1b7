"""Values that we hand to a browser and want back unchanged: base64url JSON and its HMAC-SHA256, by purpose."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.domain.signature import digest, matches

MAX_CHARS = 4_096


def seal(purpose: str, value: Mapping[str, Any], secret: str) -> str:
    body = _encoded(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
    return f"{body}.{_mac(purpose, body, secret)}"


def unseal(purpose: str, sealed: str, secrets: Sequence[str]) -> Mapping[str, Any] | None:
    """None for whatever we didn't seal for this purpose with one of the live secrets."""
    body, _, mac = sealed.partition(".")
    if len(sealed) > MAX_CHARS or not matches(mac, [_mac(purpose, body, secret).encode() for secret in secrets]):
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _mac(purpose: str, body: str, secret: str) -> str:
    return _encoded(digest(secret.encode(), f"webchat.{purpose}.{body}".encode("utf-8", "replace")))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
