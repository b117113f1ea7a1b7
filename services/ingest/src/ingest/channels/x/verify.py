"""`x-twitter-webhooks-signature: sha256=<base64>`: HMAC-SHA256(consumer secret, raw body); and the challenge-response check.

Source: X, "Securing webhooks". The check comes with the newest secret's response.
"""

import base64
import json
from collections.abc import Sequence

from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Answer, Webhook
from runtime.errors import Malformed

MAX_TOKEN_CHARS = 1_000


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    given = webhook.headers.get("x-twitter-webhooks-signature", "")
    return matches(given, [_signature(secret, webhook.body) for secret in secrets])


def handshake(webhook: Webhook, secrets: Sequence[str]) -> Answer:
    token = webhook.query.get("crc_token", "")
    if not 0 < len(token) <= MAX_TOKEN_CHARS:
        raise Malformed("crc_token must be given", code="invalid_handshake", status=400)
    told = {"response_token": _signature(secrets[0], token.encode("utf-8", "replace")).decode()}
    return Answer(200, json.dumps(told).encode(), "application/json")


def _signature(secret: str, content: bytes) -> bytes:
    return b"sha256=" + base64.b64encode(digest(secret.encode(), content))
