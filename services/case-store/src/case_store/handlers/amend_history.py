"""Edits, take-backs and reactions: on the original, whenever either comes."""

from uuid import UUID

from case_store.domain.message import MessageState, takes_edit
from case_store.handlers.ask_anew import ask_anew
from case_store.handlers.entries import entry_of
from case_store.handlers.facts import customer_author
from case_store.handlers.ports import Amendment, Work
from contracts.cases import HistoryAmended, HistoryAmendment
from contracts.envelope import Envelope
from contracts.inbound import AttachmentFetched, MessageEdited, MessageUnsent, ReactionReceived
from contracts.topics import CASE_EVENTS
from runtime.errors import NotFound, Refused


async def amend_history(event: Amendment, envelope: Envelope, work: Work) -> None:
    message = await work.history.lock_provider_message(event.account, event.provider_message_id)
    if message is None:
        message = await _claim(event, work)
    if message is None:
        await work.parked.park_amendment(envelope.id, event)
    else:
        await _apply(event, message, work)


async def apply_parked_amendments(account: str, provider_message_id: str, work: Work) -> None:
    """For a message that was just appended."""
    for amendment in await work.parked.take_amendments(account, provider_message_id):
        message = await work.history.lock_provider_message(account, provider_message_id)
        if message is None:
            raise NotFound("message", provider_message_id)
        await _apply(amendment, message, work)


async def _claim(event: Amendment, work: Work) -> MessageState | None:
    came_meanwhile = await work.history.expect(event.account, event.provider_message_id)
    return await work.history.lock_message(came_meanwhile) if came_meanwhile else None


async def _apply(event: Amendment, message: MessageState, work: Work) -> None:
    amended = await _change(event, message, work)
    if amended is not None:
        await tell_amended(event, amended, message, work)
    if amended in (HistoryAmendment.EDITED, HistoryAmendment.UNSENT):
        await ask_anew(message.case_id, work)


async def tell_amended(event: Amendment, amended: HistoryAmendment, message: MessageState, work: Work) -> None:
    fetched = event if isinstance(event, AttachmentFetched) else None
    told = HistoryAmended(
        case_id=message.case_id,
        message_id=message.id,
        amendment=amended,
        content=event.content if isinstance(event, MessageEdited) else None,
        emoji=event.emoji if isinstance(event, ReactionReceived) else None,
        attachment_index=fetched.index if fetched else None,
        attachment=fetched.attachment if fetched else None,
        author=customer_author(await _customer_of(message.case_id, work)),
        amended_at=event.occurred_at,
    )
    event_id = work.emitter.emit(CASE_EVENTS, str(message.case_id), told)
    await work.cases.file(message.case_id, entry_of(event_id, told, work.now))


async def _change(event: Amendment, message: MessageState, work: Work) -> HistoryAmendment | None:
    """None when it changes nothing: something newer is known."""
    if isinstance(event, ReactionReceived):
        reactor = f"{event.contact.address.kind.value}:{event.contact.address.value}"
        newer = await work.history.react(message.id, reactor, event.emoji, event.occurred_at)
        return HistoryAmendment.REACTED if newer else None
    if isinstance(event, AttachmentFetched):
        return await _attach(event, message, work)
    if not message.inbound:
        raise Refused("not_the_customers_message", "a customer can't change a message that we sent")
    if isinstance(event, MessageUnsent):
        if message.unsent_at is not None:
            return None
        await work.history.unsend(message.id, event.occurred_at)
        return HistoryAmendment.UNSENT
    if not takes_edit(message, event.occurred_at):
        return None
    changed = await work.history.edit(message.id, event.content, event.occurred_at)
    return HistoryAmendment.EDITED if changed else None


async def _attach(event: AttachmentFetched, message: MessageState, work: Work) -> HistoryAmendment | None:
    """A message that was taken back meanwhile keeps no files."""
    if message.unsent_at is not None or not await work.history.attach(message.id, event.index, event.attachment):
        return None
    return HistoryAmendment.ATTACHED


async def _customer_of(case_id: UUID, work: Work) -> UUID:
    case = await work.cases.lock(case_id)
    if case is None:
        raise NotFound("case", case_id)
    return case.customer_id
