"""Source: Telegram Bot API, "sendChatAction" (5 s, or until our message), "readBusinessMessage"."""

from typing import Any

from contracts.chat import ChatSignal
from contracts.values import AddressKind
from notifier.channels.provider import ProviderRequest, Sender, Sign, sign_request
from notifier.channels.telegram.render import HEADERS, place_of


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    """A bot reads nothing visibly, but for the business account that it answers for."""
    token = sender.secret("bot_token")
    if token is None or shown.address.kind is not AddressKind.TELEGRAM_CHAT:
        return None
    place = place_of(shown.address, shown.thread)
    if shown.signal is ChatSignal.TYPING:
        return sign_request(f"/bot{token}/sendChatAction", HEADERS, place | {"action": "typing"})
    last = shown.thread.get("message_id", "")
    if "business_connection_id" not in place or not last.isdecimal():
        return None
    body: dict[str, Any] = {name: place[name] for name in ("business_connection_id", "chat_id")}
    return sign_request(f"/bot{token}/readBusinessMessage", HEADERS, body | {"message_id": int(last)})
