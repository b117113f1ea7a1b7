"""The doors, by the word in the URL."""

from ingest.channels.line import LINE
from ingest.channels.webhook import WEBHOOK
from ingest.channels.whatsapp import WHATSAPP
from ingest.handlers.ports import Channel

CHANNELS: dict[str, Channel] = {channel.name: channel for channel in (LINE, WHATSAPP, WEBHOOK)}
