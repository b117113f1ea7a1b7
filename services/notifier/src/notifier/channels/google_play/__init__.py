"""Google Play, answers to reviews. Secret: `service_account` (the JSON of its key). `external_id`: the package name. Public: each
answer is approved first, unless the account's option `approval` is `none`.
"""

from typing import Final

from notifier.channels.google_play.access import GRANT
from notifier.channels.google_play.capability import CAPABILITY
from notifier.channels.google_play.classify import classify
from notifier.channels.google_play.render import render
from notifier.channels.provider import Channel

GOOGLE_PLAY: Final = Channel(CAPABILITY, frozenset({"service_account"}), render, classify, grant=GRANT)
