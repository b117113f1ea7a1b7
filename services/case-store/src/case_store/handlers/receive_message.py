from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from case_store.domain import pauses
from case_store.domain.case import TURNED_AWAY, Case, CaseStatus
from case_store.domain.customer import CustomerKind, KnownContact
from case_store.domain.lifecycle import Ask, Filing, Step, decide_filing
from case_store.handlers import facts
from case_store.handlers.amend_history import apply_parked_amendments
from case_store.handlers.answered_case import answered_case
from case_store.handlers.closing_thanks import lets_rest
from case_store.handlers.entries import entry_of, message_entry_data
from case_store.handlers.message_told import tell_added
from case_store.handlers.people import Speaks, find_or_add
from case_store.handlers.ports import Heard, NewMessage, Said, Work
from case_store.handlers.reopen_case import opened_again
from case_store.handlers.tell_router import tell_paused, tell_router
from case_store.handlers.whose_turn import Turn, take_turn, whose_turn
from contracts.cases import CaseOpened, CaseReopened
from contracts.envelope import Envelope
from contracts.inbound import MessageReceived
from contracts.routing import CustomerWrote, WorkRequested
from contracts.topics import CASE_EVENTS
from contracts.values import CallStatus

REOPEN_WITHIN: Final = timedelta(days=7)
CALLS_FOR_WORK: Final = frozenset({CallStatus.MISSED, CallStatus.VOICEMAIL, CallStatus.CALLBACK_REQUESTED})


async def receive_message(event: MessageReceived, envelope: Envelope, work: Work) -> None:
    """A customer's words join the history of their open case; a case is reopened or opened if there is none."""
    contact = await find_or_add(event, work)
    current, filed = await work.cases.current(contact.customer.id, envelope.id)
    if filed:
        return
    current = await answered_case(event, current, contact.customer.id, work)
    conversation_id = await work.conversations.heard(_heard(event, contact))
    if contact.point.blocked:
        await work.people.set_state(contact.point.id, blocked=False, at=event.occurred_at)
    filing = await _decide(event, current, work)
    turn = await whose_turn(event, filing, current, work)
    filing = replace(filing, ask=turn.ask)
    case = await _case_for(filing, current, contact, conversation_id, event, work)
    message = _message(event, envelope.id, contact, conversation_id, work)
    appended = await work.history.append(case.id, message, message_entry_data(message))
    tell_added(case, message, appended.seq, work)
    if filing.ask is Ask.CUSTOMER_WROTE:
        await _tell_wrote(case, message.id, event, work)
    elif filing.ask is Ask.WORK:
        await _request_work(filing, turn, current, case, contact, message.id, event, work)
    said = Said(message.id, appended.seq, conversation_id, event.channel, event.account, event.content)
    await take_turn(turn, case, said, event, work)
    if appended.expected:
        await apply_parked_amendments(event.account, event.provider_message_id, work)


async def _decide(event: MessageReceived, current: Case | None, work: Work) -> Filing:
    return decide_filing(
        current,
        wrote_at=event.received_at,
        reopen_within=work.config.reopen_within if work.config else REOPEN_WITHIN,
        standby=event.standby or event.automatic or is_only_told(event),
        thanks=current is not None and await lets_rest(current, event, work),
    )


async def _case_for(
    filing: Filing,
    current: Case | None,
    contact: KnownContact,
    conversation_id: UUID,
    event: MessageReceived,
    work: Work,
) -> Case:
    asked = filing.ask in (Ask.WORK, Ask.CUSTOMER_WROTE)
    if current is None or filing.step is Step.OPEN:
        return await open_case(contact, conversation_id, event, work, asked=asked)
    if filing.step is Step.REOPEN:
        return await _reopen(current, work, asked=asked)
    heard = current if filing.ask is Ask.NOTHING else pauses.customer_wrote(current, event.received_at)
    heard = replace(heard, work_requested=heard.work_requested or asked)
    if heard != current:
        await work.cases.change(heard)
    return heard


def is_only_told(event: MessageReceived) -> bool:
    """Calls that nobody has to answer any more: an entry in the history, and no work."""
    call = event.content.call
    return call is not None and call.status not in CALLS_FOR_WORK


async def open_case(contact: KnownContact, conversation_id: UUID, event: Speaks, work: Work, *, asked: bool) -> Case:
    case = Case(work.ids.new(), contact.customer.id, CaseStatus.OPEN, opened_at=work.now, work_requested=asked)
    opened = CaseOpened(
        case_id=case.id,
        customer_id=case.customer_id,
        conversation_id=conversation_id,
        channel=event.channel,
        account=event.account,
        opened_at=work.now,
    )
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), opened)
    await work.cases.open(case, entry_of(event_id, opened, work.now))
    return case


async def _reopen(case: Case, work: Work, *, asked: bool) -> Case:
    reopened = replace(opened_again(case), work_requested=asked)
    await work.cases.change(reopened)
    event = CaseReopened(
        case_id=case.id,
        customer_id=case.customer_id,
        by=facts.customer_author(case.customer_id),
        reopened_at=work.now,
    )
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), event)
    await work.cases.file(case.id, entry_of(event_id, event, work.now))
    return reopened


async def _tell_wrote(case: Case, message_id: UUID, event: MessageReceived, work: Work) -> None:
    wrote = CustomerWrote(case_id=case.id, message=facts.message_facts(message_id, event), wrote_at=event.received_at)
    await tell_router(case.id, wrote, work)


async def _request_work(
    filing: Filing,
    turn: Turn,
    current: Case | None,
    case: Case,
    contact: KnownContact,
    message_id: UUID,
    event: MessageReceived,
    work: Work,
) -> None:
    """A customer without any case before has talked to nobody. Short words of somebody who was turned away are no closing thanks."""
    was_turned_away = filing.step is Step.REOPEN and current is not None and current.resolution == TURNED_AWAY
    last_agent_id = await work.cases.last_agent_of(current.customer_id) if current is not None else None
    wanted = WorkRequested(
        case=facts.case_facts(case),
        customer=facts.customer_facts(contact.customer, last_agent_id),
        message=facts.message_facts(message_id, event),
        asked_by_message=not was_turned_away,
        requested_at=work.now,
        returned=turn.held is not None and turn.held.had_people,
    )
    await tell_router(case.id, wanted, work)
    for reason in case.pauses:
        await tell_paused(case, reason, work)


def _heard(event: MessageReceived, contact: KnownContact) -> Heard:
    return Heard(
        contact_point_id=contact.point.id,
        channel=event.channel,
        account=event.account,
        key=event.conversation,
        at=event.occurred_at,
        received_at=event.received_at,
        reply_handle=event.reply_handle,
        window_closes_at=event.window_closes_at,
        thread=event.thread,
    )


def _member(event: MessageReceived, contact: KnownContact) -> str | None:
    """Of a group it must be seen who of them spoke."""
    return event.contact.address.value if contact.customer.kind is CustomerKind.GROUP else None


def _message(
    event: MessageReceived, event_id: UUID, contact: KnownContact, conversation_id: UUID, work: Work
) -> NewMessage:
    return NewMessage(
        id=work.ids.new(),
        event_id=event_id,
        conversation_id=conversation_id,
        channel=event.channel,
        account=event.account,
        direction="in",
        author=facts.customer_author(contact.customer.id),
        author_name=event.contact.display_name or _member(event, contact),
        content=event.content,
        occurred_at=event.occurred_at,
        provider_message_id=event.provider_message_id,
        automatic=event.automatic,
    )
