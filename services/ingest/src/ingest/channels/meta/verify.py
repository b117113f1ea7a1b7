"""`X-Hub-Signature-256: sha256=<hex>`: HMAC-SHA256(app secret, raw body). And the GET that subscribes the URL.

Meta, "Webhooks from Meta" (Graph API documentation), "Validate payloads" and "Verification requests".
"""

from collections.abc import Sequence

from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Answer, Webhook
from runtime.errors import Malformed, Refused

MAX_CHALLENGE_CHARS = 256


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """Meta signs no time: a replay is absorbed by the message's id."""
    given = webhook.headers.get("x-hub-signature-256", "")
    return matches(given, [b"sha256=" + digest(secret.encode(), webhook.body).hex().encode() for secret in secrets])


def handshake(webhook: Webhook, tokens: Sequence[str]) -> Answer:
    """The challenge goes back as plain text, and only to who knows the verify token."""
    query = webhook.query
    challenge = query.get("hub.challenge", "")
    if query.get("hub.mode") != "subscribe" or not 0 < len(challenge) <= MAX_CHALLENGE_CHARS:
        raise Malformed("hub.mode must be 'subscribe' and hub.challenge be given", code="invalid_handshake", status=400)
    if not matches(query.get("hub.verify_token", ""), [token.encode() for token in tokens]):
        raise Refused("wrong_verify_token", "hub.verify_token is not this account's", status=403)
    return Answer(200, challenge.encode())
