"""Content to Vonage's SMS API. Source: Vonage, "SMS API reference", "Send an SMS".

One letter outside the GSM alphabet makes a message `unicode`, whose segments hold fewer letters; Vonage joins them on the telephone.
"""

from typing import Final
from urllib.parse import urlencode

from contracts.values import AddressKind, ContentKind
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken
from notifier.channels.words import as_words, unsupported
from notifier.domain.delivery import Repeat
from notifier.domain.gsm7 import is_gsm7, sms_measure
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.splitter import split

SEGMENTS: Final = 10
_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_KINDS: Final = frozenset(
    {
        ContentKind.TEXT,
        ContentKind.IMAGE,
        ContentKind.VIDEO,
        ContentKind.AUDIO,
        ContentKind.FILE,
        ContentKind.LOCATION,
    }
)


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    key, secret = sender.options.get("api_key"), sender.secret("api_secret")
    number = message.thread.get("from") or sender.external_id
    if key is None or secret is None or number is None:
        return broken(
            f"the Vonage account '{sender.id}' lacks its option 'api_key', its secret 'api_secret' or its external_id"
        )
    if message.address.kind is not AddressKind.PHONE:
        return Outcome(Kind.RECIPIENT_GONE, f"an SMS can't reach a {message.address.kind}")
    words = as_words(message.content) if message.content.kind in _KINDS else None
    if words is None:
        return unsupported("Vonage", message.content)
    frame = {
        "api_key": key,
        "api_secret": secret,
        "from": number.removeprefix("+"),
        "to": message.address.value.removeprefix("+"),
        "client-ref": str(message.message_id),
    }
    if callback := sender.options.get("status_callback"):
        frame["callback"] = callback
    limit, measure = sms_measure(words, SEGMENTS)
    return tuple(_request(message, frame, piece) for piece in split(words, limit, measure))


def _request(message: Outgoing, frame: dict[str, str], piece: str) -> ProviderRequest:
    kind = "text" if is_gsm7(piece) else "unicode"
    body = urlencode(frame | {"type": kind, "text": piece}).encode()
    return ProviderRequest("/sms/json", message.method, Repeat.NEVER, _HEADERS, body)
