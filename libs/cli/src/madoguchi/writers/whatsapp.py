"""As Meta posts a WhatsApp text message. Source: Cloud API, "messages webhook reference" and "Validate payloads"."""

import hashlib
import hmac
import json

from contracts.config import ChannelAccount
from madoguchi.writers.model import Said, SignedWebhook

BUSINESS_ACCOUNT = "102290129340398"


def whatsapp_webhook(said: Said, account: ChannelAccount, app_secret: str) -> SignedWebhook:
    """`said.sender` is a phone number in E.164; Meta writes it without the plus."""
    number = said.sender.removeprefix("+")
    message = {
        "from": number,
        "id": said.id,
        "timestamp": str(int(said.at.timestamp())),
        "type": "text",
        "text": {"body": said.text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "81312345678", "phone_number_id": account.external_id},
        "contacts": [{"profile": {"name": said.name or number}, "wa_id": number}],
        "messages": [message],
    }
    change = {"value": value, "field": "messages"}
    whole = {"object": "whatsapp_business_account", "entry": [{"id": BUSINESS_ACCOUNT, "changes": [change]}]}
    body = json.dumps(whole, ensure_ascii=False).encode()
    digest = hmac.digest(app_secret.encode(), body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
    return SignedWebhook("whatsapp", account.id, headers, body)
