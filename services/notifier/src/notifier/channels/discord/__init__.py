"""Discord, replies out. Secret: `bot_token`; `external_id`: the application id."""

from typing import Final

from notifier.channels.discord.capability import CAPABILITY
from notifier.channels.discord.classify import classify
from notifier.channels.discord.render import render
from notifier.channels.discord.sign import sign
from notifier.channels.provider import Channel

DISCORD: Final = Channel(CAPABILITY, frozenset({"bot_token"}), render, classify, sign=sign)
