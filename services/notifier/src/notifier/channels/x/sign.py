"""Source: X API v1.1, "direct_messages/indicate_typing" (3 s), "direct_messages/mark_read". They know OAuth 1.0a only."""

from urllib.parse import urlencode

from contracts.chat import ChatSignal
from notifier.channels.provider import ProviderRequest, Sender, Sign, sign_request
from notifier.channels.x.capability import CAPABILITY
from notifier.channels.x.oauth1 import authorization
from notifier.channels.x.render import keys_of


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    """In direct messages only: a post has no reader who is told."""
    keys, last = keys_of(sender), shown.thread.get("message_id")
    if keys is None or "post" in shown.thread:
        return None
    fields = {"recipient_id": shown.thread.get("participant") or shown.address.value}
    if shown.signal is ChatSignal.READ:
        if last is None:
            return None
        fields["last_read_event_id"] = last
    path = f"/1.1/direct_messages/{'mark_read' if shown.signal is ChatSignal.READ else 'indicate_typing'}.json"
    nonce = f"{shown.signal}{fields['recipient_id']}{int(shown.now.timestamp() * 1_000_000):x}"
    said = authorization("POST", CAPABILITY.base_url + path, keys, nonce, shown.now, fields)
    return sign_request(f"{path}?{urlencode(fields)}", {"Authorization": said}, None)
