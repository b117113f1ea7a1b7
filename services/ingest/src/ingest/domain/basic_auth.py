"""HTTP basic authentication, for providers that sign nothing and put a password into the URL."""

import base64
import binascii
from collections.abc import Sequence

from ingest.domain.signature import matches
from ingest.domain.webhook import Webhook


def password_matches(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """A secret is the password, or `name:password` where the name counts too."""
    scheme, _, given = webhook.headers.get("authorization", "").partition(" ")
    try:
        pair = (
            base64.b64decode(given.strip(), validate=True).decode("utf-8", "replace")
            if scheme.lower() == "basic"
            else ""
        )
    except (binascii.Error, ValueError):
        pair = ""
    password = pair.partition(":")[2]
    whole = matches(pair, [secret.encode() for secret in secrets if secret])
    alone = matches(password, [secret.encode() for secret in secrets if secret])
    return whole or alone
