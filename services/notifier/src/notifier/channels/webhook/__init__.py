"""Standard Webhooks, replies out. Secret: `signing_secret`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.webhook.capability import CAPABILITY
from notifier.channels.webhook.classify import classify
from notifier.channels.webhook.render import render

WEBHOOK: Final = Channel(CAPABILITY, frozenset({"signing_secret"}), render, classify)
