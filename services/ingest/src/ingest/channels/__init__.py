"""The doors, by the word in the URL. One line each; a new channel adds its two."""

from typing import Final

from ingest.channels.instagram import INSTAGRAM
from ingest.channels.line import LINE
from ingest.channels.messenger import MESSENGER
from ingest.channels.slack import SLACK
from ingest.channels.telegram import TELEGRAM
from ingest.channels.viber import VIBER
from ingest.channels.webhook import WEBHOOK
from ingest.channels.whatsapp import WHATSAPP
from ingest.handlers.ports import Channel

_ALL: Final[tuple[Channel, ...]] = (
    INSTAGRAM,
    LINE,
    MESSENGER,
    SLACK,
    TELEGRAM,
    VIBER,
    WEBHOOK,
    WHATSAPP,
)
CHANNELS: Final[dict[str, Channel]] = {channel.name: channel for channel in _ALL}
