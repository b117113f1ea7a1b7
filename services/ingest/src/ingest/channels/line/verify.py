"""`X-Line-Signature`: base64 of HMAC-SHA256(channel secret, raw body).

As in line-bot-sdk 3.27, `linebot.v3.webhook.SignatureValidator`.
"""

import base64
from collections.abc import Sequence

from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Webhook


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """LINE signs no time: a replay is absorbed by the event's id."""
    given = webhook.headers.get("x-line-signature", "")
    return matches(given, [base64.b64encode(digest(secret.encode(), webhook.body)) for secret in secrets])
