"""Source: Discord, "Trigger Typing Indicator": for 10 s, or until our message."""

from urllib.parse import quote

from contracts.chat import ChatSignal
from notifier.channels.provider import ProviderRequest, Sender, Sign, sign_request


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    token, channel = sender.secret("bot_token"), shown.thread.get("channel")
    if shown.signal is not ChatSignal.TYPING or token is None or channel is None:
        return None
    return sign_request(f"/channels/{quote(channel, safe='')}/typing", {"Authorization": f"Bot {token}"}, None)
