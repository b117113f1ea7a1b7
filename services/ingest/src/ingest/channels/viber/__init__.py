"""Viber, webhooks in. Secret: `auth_token`, which signs what comes and lets out what goes. One bot, one account."""

from collections.abc import Sequence
from uuid import UUID

from ingest.channels.viber.parse import parse
from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import Channel


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """`X-Viber-Content-Signature`: hex of HMAC-SHA256(token, body), as viberbot 1.0.12. A replay is absorbed by the message's token."""
    given = webhook.headers.get("x-viber-content-signature") or webhook.query.get("sig", "")
    return matches(given, [digest(secret.encode(), webhook.body).hex().encode() for secret in secrets])


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """The first call, `webhook`, wants no more than this. An answer in the body would be a welcome message."""
    return Answer(200)


VIBER = Channel(
    name="viber",
    signing_secret="auth_token",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    reads=("text", "image", "video", "file", "sticker", "contact card", "location", "link"),
    receipts=("delivered", "read", "failed"),
)
