"""App Store, answers to reviews. Secret: `private_key` (the .p8 file). Options: `issuer_id`, `key_id`. Public: each answer is approved
first, unless the account's option `approval` is `none`.
"""

from typing import Final

from notifier.channels.app_store.capability import CAPABILITY
from notifier.channels.app_store.classify import classify
from notifier.channels.app_store.render import render
from notifier.channels.provider import Channel

APP_STORE: Final = Channel(CAPABILITY, frozenset({"private_key"}), render, classify)
