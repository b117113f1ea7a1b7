"""Secrets at rest: AES-256-GCM under keys that come with the settings and never lie beside what they seal."""

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.errors import Failure, Refused

_VERSION: Final = "v1"
_NONCE_BYTES: Final = 12


def new_signing_secret() -> str:
    """Standard Webhooks: `whsec_` and the base64 of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True, slots=True)
class KeyedSealing:
    """The first of `keys` (32 bytes each) seals, all open: a new key goes before the old one, then `reseal`."""

    keys: tuple[bytes, ...] = field(repr=False)

    def seal(self, secret: str, place: str) -> str:
        if not self.keys:
            raise Refused(
                "sealing_key_missing",
                "This house has no key to keep secrets with; set MADOGUCHI_SEALING_KEYS.",
                status=501,
            )
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self.keys[0]).encrypt(nonce, secret.encode(), place.encode())
        return ".".join((_VERSION, _name(self.keys[0]), base64.urlsafe_b64encode(nonce + sealed).decode()))

    def open(self, sealed: str, place: str) -> str:
        version, _, rest = sealed.partition(".")
        name, _, encoded = rest.partition(".")
        key = next((one for one in self.keys if _name(one) == name), None)
        if version != _VERSION or key is None:
            raise Failure("a signing secret was sealed with a key that is not among MADOGUCHI_SEALING_KEYS")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            return AESGCM(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise Failure("a sealed signing secret is damaged, or was moved here from another endpoint") from None

    def is_newest(self, sealed: str) -> bool:
        return sealed.startswith(f"{_VERSION}.{_name(self.keys[0])}.")


def _name(key: bytes) -> str:
    return hashlib.sha256(b"madoguchi sealing key " + key).hexdigest()[:8]
