"""HMAC-SHA256(signing key, timestamp + token) in hex. Source: Mailgun documentation, "Securing webhooks".

The body is not covered, so the URL should be known to Mailgun only: with the account's option `url_key: required` it has to carry
`key=`, the first 32 hex digits of HMAC-SHA256(signing key, "url:" + account id).
"""

from collections.abc import Sequence
from typing import Final

from ingest.channels.mailgun.fields import signature_of
from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Webhook

_KEY_DIGITS: Final = 32


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    timestamp, token, given = signature_of(webhook)
    signed = (timestamp + token).encode()
    genuine = matches(given, [digest(secret.encode(), signed).hex().encode() for secret in secrets])
    expected = [url_key(secret, webhook.account.id).encode() for secret in secrets]
    known = matches(webhook.query.get("key", ""), expected) or webhook.account.options.get("url_key") != "required"
    return genuine and known and bool(timestamp and token)


def url_key(secret: str, account: str) -> str:
    return digest(secret.encode(), f"url:{account}".encode()).hex()[:_KEY_DIGITS]
