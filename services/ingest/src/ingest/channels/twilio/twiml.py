"""What Twilio is told to do next, in its own markup. To a message: nothing. To a call: what the account's options say.

`greeting` (in `language`): say it and take a message; with `callback_digit`, that key asks for a call back. Without it the call ends.
"""

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from ingest.channels.twilio.request import Fields, fields_of
from ingest.domain.shape import Unreadable
from ingest.domain.webhook import Answer, Webhook

_TYPE = "text/xml; charset=utf-8"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAX_MESSAGE_SECONDS = 300


def nothing(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    return _answer("")


def for_call(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """Only a call that has just come in is spoken to: Twilio calls the same URL again when the message is recorded."""
    try:
        fields = fields_of(webhook)
    except Unreadable:
        return _answer("")
    greeting = webhook.account.options.get("greeting")
    coming = fields.get("CallStatus") == "ringing" and fields.get("Direction") == "inbound"
    if not greeting or not coming or fields.get("CallbackSource"):
        return _answer("")
    return _answer(_voicemail(webhook, fields, greeting))


def _voicemail(webhook: Webhook, fields: Fields, greeting: str) -> str:
    options = webhook.account.options
    base = webhook.url.partition("?")[0]
    own = quoteattr(f"{base}?{urlencode({'caller': fields.get('From', '')})}")
    spoken = f"<Say language={quoteattr(options.get('language', 'en-US'))}>{escape(greeting)}</Say>"
    if options.get("callback_digit"):
        spoken = f'<Gather numDigits="1" timeout="3" action={own}>{spoken}</Gather>'
    transcribe = f' transcribe="true" transcribeCallback={own}' if options.get("transcribe") == "yes" else ""
    record = f'<Record maxLength="{MAX_MESSAGE_SECONDS}" playBeep="true" action={own}{transcribe}/>'
    return spoken + record


def _answer(verbs: str) -> Answer:
    return Answer(200, f"{_HEAD}<Response>{verbs}</Response>".encode(), _TYPE)
