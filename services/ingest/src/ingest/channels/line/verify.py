"""`X-Line-Signature`: base64 of HMAC-SHA256(channel secret, raw body).

As in line-bot-sdk 3.27, `linebot.v3.webhook.SignatureValidator`.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from ingest.domain.signature import digest, matches


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> bool:
    """LINE signs no time: a replay is absorbed by the event's id."""
    given = headers.get("x-line-signature", "")
    return matches(given, [base64.b64encode(digest(secret.encode(), body)) for secret in secrets])
