"""Source: WhatsApp Cloud API, "Mark messages as read", "Typing indicators". The indicator lasts 25 s or until our message."""

from typing import Any

from contracts.chat import ChatSignal
from notifier.channels.provider import ProviderRequest, Sender, Sign, json_headers, sign_request


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    """Both are told of the person's last message; who sees us typing sees it read, too. Groups know neither."""
    token, number, last = sender.secret("access_token"), sender.external_id, shown.thread.get("message_id")
    if token is None or number is None or last is None or "group_id" in shown.thread:
        return None
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": last}
    if shown.signal is ChatSignal.TYPING:
        body["typing_indicator"] = {"type": "text"}
    return sign_request(f"/{number}/messages", json_headers(token), body)
