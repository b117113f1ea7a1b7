"""Source: WeChat, "Customer service messages, input status": shown for 15 s, to whom we spoke within the last 30."""

from urllib.parse import urlencode

from contracts.chat import ChatSignal
from notifier.channels.provider import ProviderRequest, Sender, Sign, sign_request


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    token = sender.secret("access_token")
    if shown.signal is not ChatSignal.TYPING or token is None:
        return None
    url = f"/cgi-bin/message/custom/typing?{urlencode({'access_token': token})}"
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return sign_request(url, headers, {"touser": shown.address.value, "command": "Typing"})
