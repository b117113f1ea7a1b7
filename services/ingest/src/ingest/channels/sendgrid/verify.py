"""ECDSA P-256 over SHA-256 of timestamp + body, in base64 of DER: the event webhook, and Inbound Parse with a security policy.

As in sendgrid 6.12, `EventWebhook.verify_signature`. Where Inbound Parse is not signed, the second secret is a password of basic
authentication in the URL that SendGrid calls.
"""

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ingest.domain.basic_auth import password_matches
from ingest.domain.webhook import Webhook

SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """SendGrid repeats an unanswered webhook for days under its first timestamp, so there is no window; event ids absorb a replay."""
    keys = [key for key in map(_public_key, secrets) if key is not None]
    passwords = [secret for secret in secrets if _public_key(secret) is None]
    signed = [_is_signed(webhook, key) for key in keys]
    return any(signed) or password_matches(webhook, passwords)


@lru_cache(maxsize=256)
def _public_key(secret: str) -> EllipticCurvePublicKey | None:
    """As SendGrid's page shows it: base64, in PEM's frame or without."""
    lines = [line for line in secret.split() if "--" not in line and line not in ("BEGIN", "END", "PUBLIC", "KEY-----")]
    try:
        key = load_der_public_key(base64.b64decode("".join(lines), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, EllipticCurvePublicKey) else None


def _is_signed(webhook: Webhook, key: EllipticCurvePublicKey) -> bool:
    try:
        signature = base64.b64decode(webhook.headers.get(SIGNATURE, ""), validate=True)
        key.verify(signature, webhook.headers.get(TIMESTAMP, "").encode() + webhook.body, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True
