"""`X-Slack-Signature`: `v0=` + hex of HMAC-SHA256(signing secret, `v0:timestamp:body`), five minutes long.

As in slack-sdk 3.47, `slack_sdk.signature.SignatureVerifier`; a timestamp that is no number doesn't match instead of raising.
"""

from collections.abc import Sequence

from ingest.domain.signature import digest, is_fresh, matches
from ingest.domain.webhook import Webhook

TOLERANCE_SECONDS = 300


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    timestamp = webhook.headers.get("x-slack-request-timestamp", "")
    signed = f"v0:{timestamp}:".encode() + webhook.body
    given = webhook.headers.get("x-slack-signature", "")
    genuine = matches(given, [b"v0=" + digest(secret.encode(), signed).hex().encode() for secret in secrets])
    return genuine and is_fresh(timestamp, webhook.received_at, TOLERANCE_SECONDS)
