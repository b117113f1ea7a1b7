"""What we can't read is kept as it came."""

import hashlib
from datetime import datetime

from contracts.inbound import UnrecognisedReceived
from ingest.domain.shape import write_json
from ingest.domain.webhook import Draft, Webhook


def keep(
    webhook: Webhook,
    reason: str,
    value: object,
    *,
    account: str | None = None,
    conversation: str = "",
    occurred_at: datetime | None = None,
    provider_event_id: str | None = None,
) -> Draft:
    """Without an id of the provider's, the content itself is the identity: a retry repeats it byte for byte."""
    raw = write_json(value)
    event = UnrecognisedReceived(
        channel=webhook.account.channel,
        account=account or webhook.account.id,
        conversation=conversation,
        provider_event_id=provider_event_id or content_id(raw),
        occurred_at=occurred_at or webhook.received_at,
        received_at=webhook.received_at,
        reason=reason,
        raw=raw,
    )
    return Draft(event)


def keep_body(webhook: Webhook, reason: str) -> Draft:
    """The whole body as a JSON string; bytes that are no UTF-8 show as \\xNN."""
    body = webhook.body.decode("utf-8", "backslashreplace")
    return keep(webhook, reason, body, provider_event_id=content_id(body))


def content_id(raw: str) -> str:
    return "sha256:" + hashlib.sha256(raw.encode("utf-8", "backslashreplace")).hexdigest()
