"""X: direct messages and mentions, by Account Activity and by the X Activity API. Secrets: `consumer_secret`, `access_token` (media).

`external_id`: the user id whose activity it is. Option `app_id`: our app's id; with it, messages that people of ours send
elsewhere are echoes instead of nothing.
"""

from ingest.channels.x.media import media
from ingest.channels.x.parse import parse
from ingest.channels.x.verify import handshake, verify
from ingest.handlers.ports import Channel

X = Channel(
    name="x",
    signing_secret="consumer_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    reads=("text", "image", "video", "mention", "postback", "edit", "unsend", "follow"),
    receipts=("read",),
    handshake=handshake,
    handshake_secret="consumer_secret",  # noqa: S106  # a name
    api_url="https://api.x.com",
    media_secrets=frozenset({"access_token"}),
    media=media,
)
