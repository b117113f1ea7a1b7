"""Viber, replies out. Secret: `auth_token`. Option `sender_name`: what people see above a message; else the account's id."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.viber.capability import CAPABILITY
from notifier.channels.viber.classify import classify
from notifier.channels.viber.render import render

VIBER: Final = Channel(CAPABILITY, frozenset({"auth_token"}), render, classify)
