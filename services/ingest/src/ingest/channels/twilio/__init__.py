"""Twilio in: SMS and MMS, WhatsApp, Voice. Secret: `auth_token` (the shared key's secret, where webhooks are signed with one).

`external_id`: our number, as `+15551234567`; a request for another number of the tenant's goes to that account. Options: `account_sid`,
checked when set; of voice also `greeting`, `language`, `callback_digit`, `transcribe`.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final
from uuid import UUID

from ingest.channels.twilio import calls, messages, twiml
from ingest.channels.twilio.media import API_URL, media
from ingest.channels.twilio.verify import verify
from ingest.domain.webhook import Answer, Draft, Webhook
from ingest.handlers.ports import FORM, JSON, AccountOf, Channel

_RECEIPTS: Final = ("queued", "sent", "delivered", "read", "failed")


def _channel(
    name: str,
    parse: Callable[[Webhook, AccountOf], tuple[Draft, ...]],
    answer: Callable[[Webhook, Sequence[UUID]], Answer],
    reads: tuple[str, ...],
    receipts: tuple[str, ...] = _RECEIPTS,
) -> Channel:
    return Channel(
        name=name,
        signing_secret="auth_token",  # noqa: S106  # a name
        verify=verify,
        parse=parse,
        answer=answer,
        reads=reads,
        receipts=receipts,
        reads_get=True,
        media_types=FORM | JSON,
        api_url=API_URL,
        media_secrets=frozenset({"auth_token"}),
        media=media,
    )


_message = partial(_channel, parse=messages.parse, answer=twiml.nothing)
_SMS: Final = ("text", "image", "video", "audio", "file", "contact card", "opt-out, opt-in")
TWILIO_SMS: Final = _message("twilio_sms", reads=_SMS)
TWILIO_WHATSAPP: Final = _message(
    "twilio_whatsapp", reads=(*_SMS, "sticker", "location", "buttons, lists, flows", "reaction")
)
TWILIO_VOICE: Final = _channel(
    "twilio_voice", calls.parse, twiml.for_call, ("calls", "voicemail", "transcript", "callback request"), ()
)
