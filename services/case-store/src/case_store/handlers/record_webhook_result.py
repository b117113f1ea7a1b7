"""What became of a webhook, in the timeline of the case that it told of."""

from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from contracts.envelope import Envelope
from contracts.outbound import WebhookDelivered, WebhookFailed
from runtime.errors import NotFound


async def record_webhook_result(event: WebhookDelivered | WebhookFailed, envelope: Envelope, work: Work) -> None:
    if await work.cases.lock(event.case_id) is None:
        raise NotFound("case", event.case_id)
    await work.cases.file(event.case_id, entry_of(envelope.id, event, envelope.time))
