"""Signatures of the Standard Webhooks specification, version 1 (`v1`, HMAC-SHA256)."""

import base64
import binascii
import hashlib
import hmac


def signatures(secrets: tuple[str, ...], webhook_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,…` for each secret, separated by spaces. Raises ValueError for a secret that isn't `whsec_` + base64."""
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(decode_secret(secret), signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def decode_secret(secret: str) -> bytes:
    encoded = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("a webhook secret is 'whsec_' followed by base64")
    return key
