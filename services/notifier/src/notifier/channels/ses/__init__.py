"""Mail out by Amazon SES v2. Secrets: `access_key_id`, `secret_access_key`, `reply_secret`."""

from typing import Final

from notifier.channels.mail.compose import MAIL_SECRETS
from notifier.channels.provider import Channel
from notifier.channels.ses.classify import classify
from notifier.channels.ses.render import CAPABILITY, render

SES: Final = Channel(CAPABILITY, MAIL_SECRETS | {"access_key_id", "secret_access_key"}, render, classify)
