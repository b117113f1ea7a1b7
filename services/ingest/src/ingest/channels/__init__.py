"""The doors, by the word in the URL. One line each; a new channel adds its two."""

from typing import Final

from ingest.channels.email import EMAIL
from ingest.channels.line import LINE
from ingest.channels.mailgun import MAILGUN
from ingest.channels.postmark import POSTMARK
from ingest.channels.sendgrid import SENDGRID
from ingest.channels.ses import SES
from ingest.channels.webhook import WEBHOOK
from ingest.channels.whatsapp import WHATSAPP
from ingest.handlers.ports import Channel

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
CHANNELS: Final[dict[str, Channel]] = {channel.name: channel for channel in _ALL}
