"""Source: Messenger Platform, "Sender Actions"; Instagram messaging, the same."""

from collections.abc import Callable
from typing import Final

from contracts.chat import ChatSignal
from contracts.values import AddressKind
from notifier.channels.provider import ProviderRequest, Sender, Sign, json_headers, sign_request

_ACTIONS: Final = {ChatSignal.TYPING: "typing_on", ChatSignal.READ: "mark_seen"}


def signer(kind: AddressKind) -> Callable[[Sign, Sender], ProviderRequest | None]:
    def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
        token, action = sender.secret("access_token"), _ACTIONS.get(shown.signal)
        if token is None or action is None or shown.address.kind is not kind:
            return None
        body = {"recipient": {"id": shown.address.value}, "sender_action": action}
        return sign_request("/me/messages", json_headers(token), body)

    return sign
