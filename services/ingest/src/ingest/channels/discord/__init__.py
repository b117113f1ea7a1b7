"""Discord: interactions and webhook events at one URL, and the gateway's dispatches by the worker. Secret: `public_key` (the app's).

`external_id`: the application id, checked when set. Option `acknowledgement`: what a command is answered at once.
"""

from ingest.channels.discord.answer import answer
from ingest.channels.discord.parse import parse
from ingest.channels.discord.verify import verify
from ingest.handlers.ports import Channel

DISCORD = Channel(
    name="discord",
    signing_secret="public_key",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=answer,
    reads=("text", "image", "video", "audio", "file", "sticker", "edit", "unsend", "reaction", "command", "postback"),
)
