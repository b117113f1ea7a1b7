"""Source: Bot Framework, "Connector API reference, Activity object" of type typing."""

from contracts.chat import ChatSignal
from notifier.channels.provider import ProviderRequest, Sender, Sign, json_headers, sign_request
from notifier.channels.teams.render import activities_url


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    token, url = sender.secret("access_token"), activities_url(shown.thread, sender)
    if shown.signal is not ChatSignal.TYPING or token is None or not isinstance(url, str):
        return None
    return sign_request(url, json_headers(token), {"type": "typing"})
