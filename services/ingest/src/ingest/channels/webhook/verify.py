"""Standard Webhooks: `webhook-signature` lists `v1,` + base64 of HMAC-SHA256(secret, `id.timestamp.body`), by spaces.

As in standardwebhooks 1.1, but a malformed item is a signature that doesn't match, not an exception.
"""

import base64
import binascii
from collections.abc import Sequence

from ingest.domain.signature import digest, is_fresh, matches
from ingest.domain.webhook import Webhook

TOLERANCE_SECONDS = 300
_MAX_SIGNATURES = 16


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    headers = webhook.headers
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split(" ")[:_MAX_SIGNATURES]
    signed = f"{message_id}.{timestamp}.".encode() + webhook.body
    expected = [b"v1," + base64.b64encode(digest(key, signed)) for key in map(_key, secrets) if key]
    matching = [matches(signature, expected) for signature in given]
    return any(matching) and bool(message_id) and is_fresh(timestamp, webhook.received_at, TOLERANCE_SECONDS)


def _key(secret: str) -> bytes:
    """`whsec_` and base64, with or without padding; what is neither signs nothing."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_") + "==")
    except (binascii.Error, ValueError):
        return b""
