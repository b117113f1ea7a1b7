"""WhatsApp Cloud API, replies out. Secret: `access_token`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.whatsapp.capability import CAPABILITY
from notifier.channels.whatsapp.classify import classify
from notifier.channels.whatsapp.render import render

WHATSAPP: Final = Channel(CAPABILITY, frozenset({"access_token"}), render, classify)
