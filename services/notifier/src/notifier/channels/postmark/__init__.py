"""Mail out by Postmark's API. Secrets: `server_token`, `reply_secret`."""

from typing import Final

from notifier.channels.mail.compose import MAIL_SECRETS
from notifier.channels.postmark.classify import classify
from notifier.channels.postmark.render import CAPABILITY, render
from notifier.channels.provider import Channel

POSTMARK: Final = Channel(CAPABILITY, MAIL_SECRETS | {"server_token"}, render, classify)
