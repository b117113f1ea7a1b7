"""WhatsApp Cloud API, replies out. Secret: `access_token`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.whatsapp.capability import CAPABILITY
from notifier.channels.whatsapp.classify import classify
from notifier.channels.whatsapp.render import render
from notifier.channels.whatsapp.sign import sign
from notifier.channels.whatsapp.template import fits
from notifier.channels.whatsapp.upload import UPLOAD

WHATSAPP: Final = Channel(
    CAPABILITY, frozenset({"access_token"}), render, classify, fits_template=fits, sign=sign, upload=UPLOAD
)
