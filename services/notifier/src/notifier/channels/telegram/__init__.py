"""Telegram, replies out. Secret: `bot_token`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.telegram.capability import CAPABILITY
from notifier.channels.telegram.classify import classify
from notifier.channels.telegram.render import render
from notifier.channels.telegram.sign import sign

TELEGRAM: Final = Channel(CAPABILITY, frozenset({"bot_token"}), render, classify, sign=sign)
