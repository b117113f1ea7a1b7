"""Viber, webhooks in. Secret: `auth_token`, which signs what comes and lets out what goes. One bot, one account."""

from collections.abc import Sequence

from ingest.channels.viber.parse import parse
from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import Channel


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """`X-Viber-Content-Signature`: hex of HMAC-SHA256(token, body), as viberbot 1.0.12. A replay is absorbed by the message's token."""
    given = webhook.headers.get("x-viber-content-signature") or webhook.query.get("sig", "")
    return matches(given, [digest(secret.encode(), webhook.body).hex().encode() for secret in secrets])


VIBER = Channel(
    name="viber",
    signing_secret="auth_token",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    reads=("text", "image", "video", "file", "sticker", "contact card", "location", "link"),
    receipts=("delivered", "read", "failed"),
)
