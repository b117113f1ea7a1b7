"""Mail out by SendGrid's API. Secrets: `api_key`, `reply_secret`."""

from typing import Final

from notifier.channels.mail.compose import MAIL_SECRETS
from notifier.channels.provider import Channel
from notifier.channels.sendgrid.classify import classify
from notifier.channels.sendgrid.render import CAPABILITY, render

SENDGRID: Final = Channel(CAPABILITY, MAIL_SECRETS | {"api_key"}, render, classify)
