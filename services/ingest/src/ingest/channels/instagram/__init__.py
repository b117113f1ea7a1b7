"""Instagram messaging, webhooks in. Secrets: `app_secret`, `verify_token`. `external_id`: the Instagram professional account's id.

Option `app_id`: our application's, to tell its echoes from another's.
"""

from contracts.values import AddressKind
from ingest.channels.meta.batch import answer
from ingest.channels.meta.messaging import Platform, parser
from ingest.channels.meta.verify import handshake, verify
from ingest.handlers.ports import Channel

INSTAGRAM = Channel(
    name="instagram",
    signing_secret="app_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parser(Platform("instagram", AddressKind.INSTAGRAM_USER)),
    answer=answer,
    reads=("text", "image", "video", "audio", "file", "postback", "unsend", "edit", "reaction", "echo", "story"),
    receipts=("read",),
    handshake=handshake,
    handshake_secret="verify_token",  # noqa: S106  # a name
)
