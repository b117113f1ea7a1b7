"""`X-Signature-Ed25519`: hex of Ed25519 over timestamp and body, by the app's public key. A wrong one has to be answered 401.

Source: Discord, "Interactions overview, Validating security request headers".
"""

from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ingest.domain.webhook import Webhook


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """A replay is absorbed by the ids of interactions and messages."""
    given = webhook.headers.get("x-signature-ed25519", "")
    signed = webhook.headers.get("x-signature-timestamp", "").encode("utf-8", "replace") + webhook.body
    return any(_is_by(key, given, signed) for key in secrets)


def _is_by(key: str, given: str, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(given), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
