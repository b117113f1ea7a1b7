"""A link to one file of ours, for whoever has it, until a moment: what it names is signed, so nothing else can be asked for."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

_PROOF_BYTES = 16


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """`key` is the object's, `until` the end of the link, in whole seconds."""

    key: str
    mime: str
    name: str
    until: datetime


def link_token(file: LinkedFile, secret: bytes) -> str:
    """URL-safe; the same for the same file, moment and secret."""
    told = json.dumps([int(file.until.timestamp()), file.key, file.mime, file.name], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_proof(told, secret) + told).decode("ascii").rstrip("=")


def read_link(token: str, secrets: Sequence[bytes], now: datetime) -> LinkedFile | None:
    """None: not made by us, changed, or over."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    proof, told = raw[:_PROOF_BYTES], raw[_PROOF_BYTES:]
    if not any(hmac.compare_digest(proof, _proof(told, secret)) for secret in secrets):
        return None
    seconds, key, mime, name = json.loads(told)
    until = datetime.fromtimestamp(seconds, UTC)
    return LinkedFile(key, mime, name, until) if now < until else None


def _proof(told: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, told, "sha256")[:_PROOF_BYTES]
