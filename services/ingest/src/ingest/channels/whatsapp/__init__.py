"""WhatsApp Cloud API, webhooks in. Secrets: `app_secret`, `verify_token`. `external_id`: the phone_number_id."""

from collections.abc import Sequence
from uuid import UUID

from ingest.channels.whatsapp.parse import parse
from ingest.channels.whatsapp.verify import handshake, verify
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import Channel


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    return Answer(200)


WHATSAPP = Channel(
    name="whatsapp",
    signing_secret="app_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    handshake=handshake,
    handshake_secret="verify_token",  # noqa: S106  # a name
)
