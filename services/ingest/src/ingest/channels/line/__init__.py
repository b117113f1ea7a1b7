"""LINE Messaging API, webhooks in. Secrets: `channel_secret`; `access_token` for files.

`external_id`: the bot's user id, checked when set.
"""

from collections.abc import Sequence
from uuid import UUID

from contracts.values import Attachment
from ingest.channels.line.parse import parse
from ingest.channels.line.verify import verify
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import Channel, MediaAccount, MediaRequest


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    return Answer(200, b"{}", "application/json")


def _media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    """Messaging API reference, "Get content". LINE keeps it for a while only, and not at all after an unsend."""
    token = account.secrets.get("access_token")
    if attachment.provider_media_id is None or token is None:
        return None
    url = f"{account.base_url}/v2/bot/message/{attachment.provider_media_id}/content"
    return MediaRequest(url, {"Authorization": f"Bearer {token}"})


LINE = Channel(
    name="line",
    signing_secret="channel_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    reads=(
        "text",
        "image",
        "video",
        "audio",
        "file",
        "location",
        "sticker",
        "flex (its alternative text)",
        "postback",
        "edit",
        "unsend",
    ),
    receipts=("delivered",),
    api_url="https://api-data.line.me",
    media_secrets=frozenset({"access_token"}),
    media=_media,
)
