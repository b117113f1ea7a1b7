"""HMAC-SHA256(signing key, timestamp + token) in hex. Source: Mailgun documentation, "Securing webhooks".

The body is not covered, so the URL should be known to Mailgun only: with the account's option `url_key: required` it has to carry
`key=`, the first 32 hex digits of HMAC-SHA256(signing key, "url:" + account id). A token is good for one content only (`once`); with the
option `max_age_hours` also for that time only (Mailgun tries again for eight). Of a subaccount's events the parent's signature counts, too.
"""

from collections.abc import Sequence
from typing import Final

from ingest.channels.mailgun.fields import signature_of
from ingest.domain.signature import digest, is_fresh, matches
from ingest.domain.webhook import Webhook

_KEY_DIGITS: Final = 32


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    timestamp, token, given = signature_of(webhook)
    signed = (timestamp + token).encode()
    right = [digest(secret.encode(), signed).hex().encode() for secret in secrets]
    genuine = any(matches(one, right) for one in given)
    expected = [url_key(secret, webhook.account.id).encode() for secret in secrets]
    known = matches(webhook.query.get("key", ""), expected) or webhook.account.options.get("url_key") != "required"
    return genuine and known and bool(timestamp and token) and _is_young(webhook, timestamp)


def _is_young(webhook: Webhook, timestamp: str) -> bool:
    hours = webhook.account.options.get("max_age_hours", "")
    return not hours.isdigit() or is_fresh(timestamp, webhook.received_at, int(hours) * 3600)


def once(webhook: Webhook) -> str:
    return signature_of(webhook)[1]


def url_key(secret: str, account: str) -> str:
    return digest(secret.encode(), f"url:{account}".encode()).hex()[:_KEY_DIGITS]
