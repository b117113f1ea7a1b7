"""As LINE posts a text message. Source: Messaging API reference, "Webhook Event Objects" and "Verify webhook signature"."""

import base64
import hashlib
import hmac
import json

from contracts.config import ChannelAccount
from madoguchi.writers.model import Said, SignedWebhook


def reply_token(said: Said) -> str:
    return hashlib.sha256(f"reply-{said.id}".encode()).hexdigest()[:32]


def line_webhook(said: Said, account: ChannelAccount, channel_secret: str) -> SignedWebhook:
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(said.at.timestamp() * 1000),
        "source": {"type": "user", "userId": said.sender},
        "webhookEventId": f"event-{said.id}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": reply_token(said),
        "message": {"id": said.id, "type": "text", "quoteToken": f"quote-{said.id}", "text": said.text},
    }
    body = json.dumps({"destination": account.external_id, "events": [event]}, ensure_ascii=False).encode()
    digest = hmac.digest(channel_secret.encode(), body, hashlib.sha256)
    headers = {"content-type": "application/json; charset=utf-8", "x-line-signature": base64.b64encode(digest).decode()}
    return SignedWebhook("line", account.id, headers, body)
