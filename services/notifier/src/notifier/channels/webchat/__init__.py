"""The web chat, replies out. No provider and no request: see handlers/chat_feed. No secrets."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.webchat.capability import CAPABILITY
from notifier.channels.webchat.render import classify, render

WEBCHAT: Final = Channel(CAPABILITY, frozenset(), render, classify)
