"""Facebook Messenger, webhooks in. Secrets: `app_secret`, `verify_token`. `external_id`: the page's id.

Option `app_id`: our application's, to tell its echoes and its turn in the handover protocol from another's.
"""

from contracts.values import AddressKind
from ingest.channels.meta.batch import answer
from ingest.channels.meta.messaging import Platform, parser
from ingest.channels.meta.verify import handshake, verify
from ingest.handlers.ports import Channel

MESSENGER = Channel(
    name="messenger",
    signing_secret="app_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parser(Platform("page", AddressKind.MESSENGER_USER)),
    answer=answer,
    reads=("text", "image", "video", "audio", "file", "location", "sticker", "postback", "edit", "reaction", "echo"),
    receipts=("delivered", "read"),
    handshake=handshake,
    handshake_secret="verify_token",  # noqa: S106  # a name
)
