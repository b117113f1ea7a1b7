"""What the notifier made of a reply."""

from dataclasses import replace

from case_store.domain.message import MessageState
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Outcome, Work
from case_store.handlers.receive_receipt import apply_receipt, move_on
from contracts.envelope import Envelope
from contracts.outbound import SendAccepted, SendFailed, SendHeld
from runtime.errors import NotFound


async def record_accepted(event: SendAccepted, envelope: Envelope, work: Work) -> None:
    message = await _filed(event, envelope, work)
    expected = await work.history.name(message.id, event.account, event.provider_message_ids)
    outcome = Outcome(
        "accepted",
        attempts=event.attempts,
        conversation_id=event.conversation_id,
        channel=event.channel,
        account=event.account,
    )
    status = await move_on(message, outcome, work)
    if expected:
        for receipt in await work.parked.take_receipts(event.account, event.provider_message_ids):
            status = await apply_receipt(receipt, replace(message, status=status), work)


async def record_failed(event: SendFailed, envelope: Envelope, work: Work) -> None:
    message = await _filed(event, envelope, work)
    await move_on(message, Outcome("failed", event.code, attempts=event.attempts, error_reason=event.reason), work)


async def record_held(event: SendHeld, envelope: Envelope, work: Work) -> None:
    """Nobody knows whether it arrived: the status stays, the reason is shown."""
    message = await _filed(event, envelope, work)
    await work.history.hold(message.id, event.reason)


async def _filed(event: SendAccepted | SendFailed | SendHeld, envelope: Envelope, work: Work) -> MessageState:
    """The message, locked; its case may be another than the event says, if cases were merged meanwhile."""
    message = await work.history.lock_message(event.message_id)
    if message is None:
        raise NotFound("message", event.message_id)
    await work.cases.file(message.case_id, entry_of(envelope.id, event, envelope.time))
    return message
