"""Signed webhooks in the Standard Webhooks form, for any system that has no adapter. Secret: `signing_secret`."""

import json
from collections.abc import Sequence
from uuid import UUID

from ingest.channels.webhook.parse import parse
from ingest.channels.webhook.verify import verify
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import Channel


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """The message ids are stable: a repeated `webhook-id` is answered with the same ones."""
    accepted = {"accepted": [{"message_id": str(each)} for each in ids]}
    return Answer(202, json.dumps(accepted).encode(), "application/json")


WEBHOOK = Channel(
    name="webhook",
    signing_secret="signing_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    reads=("every kind, as JSON", "edit", "unsend", "reaction", "calls"),
    receipts=("sent", "delivered", "read", "failed"),
)
