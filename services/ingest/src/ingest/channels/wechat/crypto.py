"""WeChat's encrypted mode: AES-256-CBC over 16 random bytes, the length, the message, the app id, in blocks of 32.

Source: wechatpy 1.8, `wechatpy.crypto`; WeChat, "Message encryption and decryption".
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ingest.channels.wechat.body import body_of
from ingest.domain.shape import Unreadable, text
from ingest.domain.webhook import Webhook

_BLOCK: Final = 32
_PREFIX: Final = 16
_LENGTH: Final = 4


def opened(webhook: Webhook, keys: Sequence[str]) -> Webhook | None:
    """With the message's own text as the body. In compatible mode both are there, and the encrypted one counts.

    WeChat encrypts in both modes that use the key, so a plain body beside a configured key is nobody's: option `security_mode: plain`
    takes it all the same.
    """
    try:
        sealed = text(body_of(webhook), "Encrypt")
    except Unreadable:
        sealed = None
    if sealed is None or "msg_signature" not in webhook.query:
        mode = webhook.account.options.get("security_mode", "safe" if keys else "plain")
        return webhook if mode == "plain" else None
    for key in keys:
        found = decrypt(sealed, key, _app_id(webhook))
        if found is not None:
            return replace(webhook, body=found)
    return webhook if not keys and b"FromUserName" in webhook.body else None


def decrypt(sealed: str, key: str, app_id: str | None) -> bytes | None:
    """None where the key is another, or the message is for another app."""
    try:
        secret = base64.b64decode(key + "=", validate=True)
        decryptor = Cipher(algorithms.AES(secret), modes.CBC(secret[:16])).decryptor()
        padded = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    except (binascii.Error, ValueError):
        return None
    padding = padded[-1] if padded else 0
    if not 1 <= padding <= _BLOCK:
        return None
    content = padded[_PREFIX:-padding]
    end = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
    named = content[end:]
    if len(content) < end or (app_id is not None and named != app_id.encode()):
        return None
    return content[_LENGTH:end]


def _app_id(webhook: Webhook) -> str | None:
    named = webhook.account.external_id
    return named if named is not None and named.startswith("wx") else webhook.account.options.get("app_id")
