"""WeChat Official Account. Secrets: `token`, `encoding_aes_key` (encrypted mode), `app_secret` (to fetch voices and videos).

`external_id`: the app id (`wx…`), which encrypted messages must name, or the account's original id (`gh_…`). With an
`encoding_aes_key` only what is encrypted is taken, unless the option `security_mode` is `plain`; `safe` asks for it in any case.
"""

from collections.abc import Sequence
from uuid import UUID

from ingest.channels.wechat.crypto import opened
from ingest.channels.wechat.media import API_URL, media
from ingest.channels.wechat.parse import parse
from ingest.channels.wechat.verify import handshake, once, verify
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import JSON, Channel


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """Anything else is shown to the person as "the account can't provide its service"."""
    return Answer(200, b"success")


WECHAT = Channel(
    name="wechat",
    signing_secret="token",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    reads=("text", "image", "voice", "video", "location", "link", "menu", "follow"),
    receipts=("template messages: delivered, failed",),
    handshake=handshake,
    handshake_secret="token",  # noqa: S106  # a name
    once=once,
    opened=opened,
    opening_secret="encoding_aes_key",  # noqa: S106  # a name
    media_types=JSON | {"text/xml", "application/xml"},
    api_url=API_URL,
    media_secrets=frozenset({"app_secret"}),
    media=media,
)
