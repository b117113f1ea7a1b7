"""Mail out through our own relay, which signs it (DKIM). Secrets: `smtp_password`, `reply_secret`."""

from typing import Final

from notifier.channels.email.capability import CAPABILITY
from notifier.channels.email.classify import classify
from notifier.channels.email.render import render
from notifier.channels.mail.compose import MAIL_SECRETS
from notifier.channels.provider import Channel

EMAIL: Final = Channel(CAPABILITY, MAIL_SECRETS | {"smtp_password"}, render, classify)
