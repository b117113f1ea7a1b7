"""Every channel that replies can leave by. One line each; a new channel adds its two."""

from typing import Final

from notifier.channels.discord import DISCORD
from notifier.channels.instagram import INSTAGRAM
from notifier.channels.kakao import KAKAO
from notifier.channels.line import LINE
from notifier.channels.messenger import MESSENGER
from notifier.channels.provider import Channel
from notifier.channels.slack import SLACK
from notifier.channels.teams import TEAMS
from notifier.channels.telegram import TELEGRAM
from notifier.channels.twilio import TWILIO_SMS, TWILIO_WHATSAPP
from notifier.channels.viber import VIBER
from notifier.channels.vonage_sms import VONAGE_SMS
from notifier.channels.webhook import WEBHOOK
from notifier.channels.wechat import WECHAT
from notifier.channels.whatsapp import WHATSAPP
from notifier.channels.x import X

_ALL: Final[tuple[Channel, ...]] = (
    DISCORD,
    INSTAGRAM,
    KAKAO,
    LINE,
    MESSENGER,
    SLACK,
    TELEGRAM,
    VIBER,
    TEAMS,
    TWILIO_SMS,
    TWILIO_WHATSAPP,
    VONAGE_SMS,
    WEBHOOK,
    WECHAT,
    WHATSAPP,
    X,
)
CHANNELS: Final[dict[str, Channel]] = {channel.capability.channel: channel for channel in _ALL}
