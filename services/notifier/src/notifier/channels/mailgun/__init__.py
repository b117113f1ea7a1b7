"""Mail out by Mailgun's API (of the EU: MADOGUCHI_PROVIDERS__URLS). Secrets: `api_key`, `reply_secret`."""

from typing import Final

from notifier.channels.mail.compose import MAIL_SECRETS
from notifier.channels.mailgun.classify import classify
from notifier.channels.mailgun.render import CAPABILITY, render
from notifier.channels.provider import Channel

MAILGUN: Final = Channel(CAPABILITY, MAIL_SECRETS | {"api_key"}, render, classify)
