"""WhatsApp's typing indicator by way of Twilio: 25 s or until our message; who sees it sees what they wrote read, too. Source: Twilio
Docs, "Typing Indicators resource" (public beta); twilio 9.13, `messaging.v2.typing_indicator`.
"""

import re
from typing import Final
from urllib.parse import urlencode

from contracts.chat import ChatSignal
from notifier.channels.provider import ProviderRequest, Sender, Sign
from notifier.channels.twilio.render import account_headers
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

_MESSAGE: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}")


def sign(shown: Sign, sender: Sender) -> ProviderRequest | None:
    """It names the person's last message."""
    sid, token = sender.options.get("account_sid"), sender.secret("auth_token")
    last = shown.thread.get("message_id", "")
    if shown.signal is not ChatSignal.TYPING or sid is None or token is None or not _MESSAGE.fullmatch(last):
        return None
    body = urlencode({"messageId": last, "channel": "whatsapp"}).encode()
    return ProviderRequest("/v2/Indicators/Typing.json", Method.PUSH, Repeat.NEVER, account_headers(sid, token), body)
