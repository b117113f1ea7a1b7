"""SHA-1 over the sorted token, timestamp and nonce, in encrypted mode with the cipher text. Source: wechatpy 1.8, `wechatpy.utils`.

In plain mode nothing covers the body: the signature is good for five minutes, and its nonce for one content only (`once`).
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from ingest.channels.wechat.body import body_of
from ingest.domain.shape import Unreadable, text
from ingest.domain.signature import is_fresh, matches
from ingest.domain.webhook import Answer, Webhook
from runtime.errors import Refused

TOLERANCE_SECONDS: Final = 300


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    query = webhook.query
    sealed = _sealed(webhook)
    given = query.get("signature" if sealed is None else "msg_signature", "")
    signed = [] if sealed is None else [sealed]
    genuine = matches(given, [_signature(token, webhook, *signed) for token in secrets])
    return genuine and is_fresh(query.get("timestamp", ""), webhook.received_at, TOLERANCE_SECONDS)


def once(webhook: Webhook) -> str:
    return "" if "msg_signature" in webhook.query else webhook.query.get("signature", "")


def handshake(webhook: Webhook, tokens: Sequence[str]) -> Answer:
    """`echostr` goes back to who knows the token."""
    if not matches(webhook.query.get("signature", ""), [_signature(token, webhook) for token in tokens]):
        raise Refused("wrong_verify_token", "The signature is not of this account's token.", status=403)
    return Answer(200, webhook.query.get("echostr", "").encode())


def _sealed(webhook: Webhook) -> str | None:
    if "msg_signature" not in webhook.query:
        return None
    try:
        return text(body_of(webhook), "Encrypt") or ""
    except Unreadable:
        return ""


def _signature(token: str, webhook: Webhook, *more: str) -> bytes:
    parts = sorted([token, webhook.query.get("timestamp", ""), webhook.query.get("nonce", ""), *more])
    return hashlib.sha1("".join(parts).encode("utf-8", "replace"), usedforsecurity=False).hexdigest().encode()
