"""A message or an event as a signed Standard Webhook: `{type, timestamp, data}`."""

from datetime import datetime
from typing import Any

from contracts.base import format_instant
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.webhook.sign import signatures
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat, WebhookEvent
from notifier.domain.outcome import Outcome

EVENT_TYPE = "message.sent"


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """Every attempt has the same id and body; only the time and its signature are new."""
    request = signed_request(sender, str(message.message_id), message.now, encode_json(_body(message)))
    return request if isinstance(request, Outcome) else (request,)


def signed_request(sender: Sender, webhook_id: str, now: datetime, body: bytes) -> ProviderRequest | Outcome:
    url, secrets = sender.options.get("url"), sender.secrets.get("signing_secret", ())
    if not url or not secrets:
        return broken(f"the webhook account '{sender.id}' has no option 'url' or no secret 'signing_secret'")
    timestamp = int(now.timestamp())
    try:
        signature = signatures(secrets, webhook_id, timestamp, body)
    except ValueError as error:
        return broken(f"the webhook account '{sender.id}': {error}")
    headers = {
        "Content-Type": "application/json",
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
    return ProviderRequest(url, Method.WEBHOOK, Repeat.SAFE, headers, body)


def _body(message: Outgoing) -> dict[str, Any]:
    event = message.event or WebhookEvent(EVENT_TYPE, _message(message))
    return {"type": event.type, "timestamp": format_instant(message.requested_at), "data": event.data}


def _message(message: Outgoing) -> dict[str, Any]:
    return {
        "message_id": str(message.message_id),
        "case_id": str(message.case_id),
        "conversation_id": str(message.conversation_id),
        "to": message.address.value,
        "author": message.author.model_dump(mode="json"),
        "text": message.content.text,
        "content": message.content.model_dump(mode="json", exclude_defaults=True) | {"kind": str(message.content.kind)},
    }
