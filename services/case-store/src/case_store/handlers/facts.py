"""Rows told as events: what the router and the readers of a case are given."""

from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.customer import AddressKey, Customer
from case_store.domain.reply_paths import Route
from case_store.handlers.ports import LastWords
from contracts.inbound import MessageReceived
from contracts.values import (
    Address,
    AddressKind,
    Author,
    AuthorKind,
    CaseFacts,
    CustomerFacts,
    MessageFacts,
    ReplyHandle,
    ReplyPath,
)

FACT_TEXT_CHARACTERS = 2_000


def customer_facts(customer: Customer, last_agent_id: str | None = None) -> CustomerFacts:
    return CustomerFacts(
        id=customer.id,
        tier=customer.tier,
        entitlement=customer.entitlement,
        organisation=customer.organisation,
        tags=customer.tags,
        language=customer.language,
        last_agent_id=last_agent_id,
    )


def case_facts(case: Case) -> CaseFacts:
    return CaseFacts(
        id=case.id,
        opened_at=case.opened_at,
        tags=case.tags,
        fields=dict(case.fields),
        reopened=case.reopened,
        priority=case.priority,
        last_agent_id=case.last_agent_id,
    )


def message_facts(message_id: UUID, event: MessageReceived) -> MessageFacts:
    return MessageFacts(
        id=message_id,
        channel=event.channel,
        account=event.account,
        kind=event.content.kind,
        text=(event.content.text or "")[:FACT_TEXT_CHARACTERS],
        language=event.contact.language,
    )


def facts_of(words: LastWords) -> MessageFacts:
    text = words.text[:FACT_TEXT_CHARACTERS]
    return MessageFacts(id=words.id, channel=words.channel, account=words.account, kind=words.kind, text=text)


def customer_author(customer_id: UUID) -> Author:
    return Author(kind=AuthorKind.CUSTOMER, id=str(customer_id))


def address_key(address: Address) -> AddressKey:
    return AddressKey(address.kind.value, address.value)


def reply_path(route: Route) -> ReplyPath:
    handle = None
    if route.reply_token and route.reply_expires_at:
        handle = ReplyHandle(token=route.reply_token, expires_at=route.reply_expires_at)
    return ReplyPath(
        conversation_id=route.conversation_id,
        channel=route.channel,
        account=route.account,
        address=Address(kind=AddressKind(route.address.kind), value=route.address.value),
        reply_handle=handle,
        window_closes_at=route.window_closes_at,
        last_inbound_at=route.last_inbound_at,
        thread=dict(route.thread),
    )
