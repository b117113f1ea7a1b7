"""Every channel that replies can leave by. One line each; a new channel adds its two."""

from typing import Final

from notifier.channels.instagram import INSTAGRAM
from notifier.channels.line import LINE
from notifier.channels.messenger import MESSENGER
from notifier.channels.provider import Channel
from notifier.channels.slack import SLACK
from notifier.channels.teams import TEAMS
from notifier.channels.twilio import TWILIO_SMS, TWILIO_WHATSAPP
from notifier.channels.vonage_sms import VONAGE_SMS
from notifier.channels.webhook import WEBHOOK
from notifier.channels.wechat import WECHAT
from notifier.channels.whatsapp import WHATSAPP

_ALL: Final[tuple[Channel, ...]] = (
    INSTAGRAM,
    LINE,
    MESSENGER,
    SLACK,
    TEAMS,
    TWILIO_SMS,
    TWILIO_WHATSAPP,
    VONAGE_SMS,
    WEBHOOK,
    WECHAT,
    WHATSAPP,
)
CHANNELS: Final[dict[str, Channel]] = {channel.capability.channel: channel for channel in _ALL}
