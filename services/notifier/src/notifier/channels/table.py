"""Every channel that replies can leave by. One line each; a new channel adds its two."""

from typing import Final

from notifier.channels.email import EMAIL
from notifier.channels.line import LINE
from notifier.channels.mailgun import MAILGUN
from notifier.channels.postmark import POSTMARK
from notifier.channels.provider import Channel
from notifier.channels.sendgrid import SENDGRID
from notifier.channels.ses import SES
from notifier.channels.webhook import WEBHOOK
from notifier.channels.whatsapp import WHATSAPP

_ALL: Final[tuple[Channel, ...]] = (
    EMAIL,
    LINE,
    MAILGUN,
    POSTMARK,
    SENDGRID,
    SES,
    WEBHOOK,
    WHATSAPP,
)
CHANNELS: Final[dict[str, Channel]] = {channel.capability.channel: channel for channel in _ALL}
