"""WhatsApp Cloud API, webhooks in. Secrets: `app_secret`, `verify_token`; `access_token` for media. `external_id`: the phone_number_id."""

from ingest.channels.meta.batch import answer
from ingest.channels.meta.verify import handshake, verify
from ingest.channels.whatsapp.media import media
from ingest.channels.whatsapp.parse import parse
from ingest.handlers.ports import Channel

WHATSAPP = Channel(
    name="whatsapp",
    signing_secret="app_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=answer,
    reads=(
        "text",
        "image",
        "video",
        "audio",
        "file",
        "sticker",
        "location",
        "contact card",
        "postback",
        "order",
        "edit",
        "unsend",
        "reaction",
        "echo",
        "calls",
        "groups",
        "standby",
    ),
    receipts=("sent", "delivered", "read", "failed"),
    handshake=handshake,
    handshake_secret="verify_token",  # noqa: S106  # a name
    api_url="https://graph.facebook.com/v23.0",
    media_secrets=frozenset({"access_token"}),
    media=media,
)
