"""The doors, by the word in the URL. One line each; a new channel adds its two."""

from typing import Final

from ingest.channels.instagram import INSTAGRAM
from ingest.channels.line import LINE
from ingest.channels.messenger import MESSENGER
from ingest.channels.slack import SLACK
from ingest.channels.teams import TEAMS
from ingest.channels.twilio import TWILIO_SMS, TWILIO_VOICE, TWILIO_WHATSAPP
from ingest.channels.vonage_sms import VONAGE_SMS
from ingest.channels.webhook import WEBHOOK
from ingest.channels.wechat import WECHAT
from ingest.channels.whatsapp import WHATSAPP
from ingest.handlers.ports import Channel

_ALL: Final[tuple[Channel, ...]] = (
    INSTAGRAM,
    LINE,
    MESSENGER,
    SLACK,
    TEAMS,
    TWILIO_SMS,
    TWILIO_VOICE,
    TWILIO_WHATSAPP,
    VONAGE_SMS,
    WEBHOOK,
    WECHAT,
    WHATSAPP,
)
CHANNELS: Final[dict[str, Channel]] = {channel.name: channel for channel in _ALL}
