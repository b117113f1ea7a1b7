"""Source: LINE Messaging API, "Display a loading animation"; "Mark messages as read" by token (line-bot-sdk 3.27)."""

from typing import Final

from contracts.chat import ChatSignal
from contracts.values import AddressKind
from notifier.channels.provider import ProviderRequest, Sender, Sign, json_headers, sign_request

LOADING_SECONDS: Final = 20


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    """The animation is for chats of two only; it ends with our next message."""
    token = sender.secret("access_token")
    if token is None:
        return None
    if shown.signal is ChatSignal.READ:
        mark = shown.thread.get("mark_as_read_token")
        read = {"markAsReadToken": mark}
        return sign_request("/v2/bot/chat/markAsRead", json_headers(token), read) if mark else None
    if shown.address.kind is not AddressKind.LINE_USER:
        return None
    body = {"chatId": shown.address.value, "loadingSeconds": LOADING_SECONDS}
    return sign_request("/v2/bot/chat/loading/start", json_headers(token), body)
