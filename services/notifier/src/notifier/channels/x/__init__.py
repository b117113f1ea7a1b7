"""X, replies out: direct messages, and posts that answer a mention.

Secrets: `consumer_key`, `consumer_secret`, `access_token`, `access_token_secret` (OAuth 1.0a, which doesn't end), or `access_token`
alone (OAuth 2.0, as a bearer).
"""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.x.capability import CAPABILITY
from notifier.channels.x.classify import classify
from notifier.channels.x.render import render
from notifier.channels.x.sign import sign

SECRETS: Final = frozenset({"consumer_key", "consumer_secret", "access_token", "access_token_secret"})
X: Final = Channel(CAPABILITY, SECRETS, render, classify, sign=sign)
