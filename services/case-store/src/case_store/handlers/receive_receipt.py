from case_store.domain.message import MessageState
from case_store.domain.status import advances
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Outcome, Work
from contracts.cases import MessageStatusChanged
from contracts.envelope import Envelope
from contracts.inbound import ReceiptReceived
from contracts.topics import CASE_EVENTS
from contracts.values import MessageStatus


async def receive_receipt(event: ReceiptReceived, envelope: Envelope, work: Work) -> None:
    """Forwards only; one that comes before we know which message it means waits for it."""
    if event.up_to is not None:
        for sent in await work.history.sent_until(event.account, event.conversation, event.up_to):
            await apply_receipt(event, sent, work)
        return
    message = await work.history.lock_provider_message(event.account, event.provider_message_id)
    if message is None:
        came_meanwhile = await work.history.expect(event.account, event.provider_message_id)
        message = await work.history.lock_message(came_meanwhile) if came_meanwhile else None
    if message is None:
        await work.parked.park_receipt(envelope.id, event)
    else:
        await apply_receipt(event, message, work)


async def apply_receipt(event: ReceiptReceived, message: MessageState, work: Work) -> str | None:
    """Returns the message's status afterwards."""
    return await move_on(message, Outcome(event.status.value, event.error_code), work)


async def move_on(message: MessageState, outcome: Outcome, work: Work) -> str | None:
    """Out of order and repeated reports are harmless; a message that customers wrote has no status."""
    if message.status is None or not advances(message.status, outcome.status):
        return message.status
    await work.history.advance(message.id, outcome)
    changed = MessageStatusChanged(
        case_id=message.case_id,
        message_id=message.id,
        status=MessageStatus(outcome.status),
        error_code=outcome.error_code,
        changed_at=work.now,
    )
    event_id = work.emitter.emit(CASE_EVENTS, str(message.case_id), changed)
    await work.cases.file(message.case_id, entry_of(event_id, changed, work.now))
    return outcome.status
