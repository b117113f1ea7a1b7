"""Verify, parse, produce; answer 2xx only when the broker holds every event.

Nothing is deduplicated before the produce: mark, crash, retry would lose the message. The ids repeat with the provider's retry,
and whoever consumes them drops the second.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from contracts.base import value
from contracts.envelope import Envelope
from contracts.inbound import ChatResumed, ReceiptReceived, TypingReceived
from contracts.topics import INBOUND_MESSAGES, INBOUND_RECEIPTS
from ingest.domain.identity import id_of, partition_key
from ingest.domain.webhook import Answer, Draft, Webhook
from ingest.handlers.claim_check import fitting
from ingest.handlers.ports import Outgoing
from ingest.handlers.reception import Call, Door, Reception, verified, with_fetched
from runtime.errors import Refused

_SURELY_SMALL = 64 * 1024
"""No event of so small a body can reach a limit, however often its characters are escaped."""

USED_ONCE_FOR = timedelta(days=30)

_RECEIPTS = (ReceiptReceived, TypingReceived, ChatResumed)


@value
class Accepted:
    """`types` are the names of the events that the broker holds now."""

    answer: Answer
    types: tuple[str, ...]


async def accept_webhook(call: Call, reception: Reception) -> Accepted:
    """Raises Refused (nothing was accepted) or a retryable Failure (it may have been; the same ids absorb a retry)."""
    door, webhook = await verified(call, reception)
    webhook = await with_fetched(door, webhook, reception)
    drafts = door.channel.parse(webhook, door.account_of)
    await _check_use(door, webhook, drafts, reception)
    outgoing = await accept_drafts(webhook.tenant, drafts, reception, small=len(webhook.body) <= _SURELY_SMALL)
    return Accepted(door.channel.answer(webhook, _ids(outgoing)), tuple(each.envelope.type for each in outgoing))


async def _check_use(door: Door, webhook: Webhook, drafts: Sequence[Draft], reception: Reception) -> None:
    """Raises Refused 406, which tells Mailgun to stop, where this token was used for other events."""
    token = door.channel.once(webhook) if door.channel.once is not None else ""
    if not token:
        return
    use = ",".join(sorted(str(id_of(webhook.tenant, draft)) for draft in drafts))
    if not await reception.once.is_first(f"{door.account.id}|{token}", use, USED_ONCE_FOR):
        raise Refused("token_used", "The signature's token was used for something else.", status=406)


async def accept_drafts(
    tenant: str, drafts: Sequence[Draft], reception: Reception, *, small: bool = False
) -> list[Outgoing]:
    """For every door, whatever protocol it speaks: files first, then the events; all of it is safe when this returns.

    `small` events need no measuring. Raises as accept_webhook does.
    """
    if not small:
        drafts = [fitting(tenant, draft) for draft in drafts]
    outgoing = [_outgoing(tenant, draft, reception.partition_secret) for draft in drafts]
    if outgoing:
        reception.admission.enter(len(outgoing))
        try:
            for draft in drafts:
                for file in draft.files:
                    await reception.files.put(file.object_key, file.content)
            await reception.publisher.publish(outgoing, reception.deadline)
        finally:
            reception.admission.leave(len(outgoing))
    return outgoing


def _outgoing(tenant: str, draft: Draft, partition_secret: bytes) -> Outgoing:
    envelope = Envelope(
        id=id_of(tenant, draft),
        tenant=tenant,
        source="ingest",
        time=draft.event.received_at,
        data=draft.event,
    )
    topic = INBOUND_RECEIPTS if isinstance(draft.event, _RECEIPTS) else INBOUND_MESSAGES
    return Outgoing(topic, partition_key(partition_secret, tenant, draft), envelope)


def _ids(outgoing: Sequence[Outgoing]) -> list[UUID]:
    return [each.envelope.id for each in outgoing]
