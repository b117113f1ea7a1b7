"""Every channel that replies can leave by. One line each; a new channel adds its two."""

from typing import Final

from notifier.channels.line import LINE
from notifier.channels.provider import Channel
from notifier.channels.webchat import WEBCHAT
from notifier.channels.webhook import WEBHOOK
from notifier.channels.whatsapp import WHATSAPP

_ALL: Final[tuple[Channel, ...]] = (
    LINE,
    WEBCHAT,
    WEBHOOK,
    WHATSAPP,
)
CHANNELS: Final[dict[str, Channel]] = {channel.capability.channel: channel for channel in _ALL}
