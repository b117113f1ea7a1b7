"""Somebody of ours answered elsewhere (the provider's own app): the customer has it, so history and clocks have to know."""

from typing import Final
from uuid import UUID

from case_store.domain.customer import KnownContact
from case_store.handlers.answering import answered_by
from case_store.handlers.entries import message_entry_data
from case_store.handlers.message_told import tell_message
from case_store.handlers.people import find_or_add
from case_store.handlers.ports import Heard, NewMessage, Work
from case_store.handlers.receive_message import open_case
from case_store.handlers.take_over import answered_elsewhere
from contracts.envelope import Envelope
from contracts.inbound import MessageEchoed
from contracts.values import Author, AuthorKind, MessageStatus

AUTHOR: Final = "elsewhere"


async def receive_echo(event: MessageEchoed, envelope: Envelope, work: Work) -> None:
    """Into the case at hand, open or resolved; it reopens nothing. What we sent ourselves is known by its provider's id."""
    if await work.history.lock_provider_message(event.account, event.provider_message_id) is not None:
        return
    contact = await find_or_add(event, work)
    current, filed = await work.cases.current(contact.customer.id, envelope.id)
    if filed:
        return
    conversation_id = await _conversation(event, contact, work)
    case = current or await open_case(contact, conversation_id, event, work, asked=False)
    message = _message(event, envelope.id, conversation_id, work)
    appended = await work.history.append(case.id, message, message_entry_data(message))
    await answered_elsewhere(case, work)
    answered = await answered_by(case, message, work)
    if answered is not None:
        await work.cases.change(answered)
    await tell_message(case, message, appended.seq, work)


async def _conversation(event: MessageEchoed, contact: KnownContact, work: Work) -> UUID:
    known = await work.conversations.known(event.account, event.conversation)
    if known is not None:
        return known
    heard = Heard(
        contact.point.id, event.channel, event.account, event.conversation, event.occurred_at, event.received_at
    )
    return await work.conversations.heard(heard)


def _message(event: MessageEchoed, event_id: UUID, conversation_id: UUID, work: Work) -> NewMessage:
    return NewMessage(
        id=work.ids.new(),
        event_id=event_id,
        conversation_id=conversation_id,
        channel=event.channel,
        account=event.account,
        direction="out",
        author=Author(kind=AuthorKind.AGENT, id=AUTHOR),
        author_name=event.by,
        content=event.content,
        occurred_at=event.occurred_at,
        provider_message_id=event.provider_message_id,
        status=MessageStatus.SENT.value,
    )
