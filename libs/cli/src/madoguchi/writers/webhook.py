"""As any system posts a message of its own: the canonical message, signed by the Standard Webhooks specification."""

import base64
import hashlib
import hmac
import json

from contracts.base import format_instant
from contracts.config import ChannelAccount
from madoguchi.writers.model import Said, SignedWebhook


def standard_webhook(said: Said, account: ChannelAccount, signing_secret: str) -> SignedWebhook:
    contact = {"id": said.sender} | ({"name": said.name} if said.name else {})
    message = {
        "type": "message.received",
        "message_id": said.id,
        "conversation": said.sender,
        "contact": contact,
        "occurred_at": format_instant(said.at),
        "text": said.text,
    }
    body = json.dumps(message, ensure_ascii=False).encode()
    webhook_id, timestamp = f"msg_{said.id}", str(int(said.at.timestamp()))
    key = base64.b64decode(signing_secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256)
    headers = {
        "content-type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return SignedWebhook("webhook", account.id, headers, body)
