"""Signs of the moment: the customer hears that somebody types or has read; colleagues hear that the customer types. Nothing is filed."""

from dataclasses import dataclass
from uuid import UUID

from case_store.domain.customer import best_known
from case_store.domain.reply_paths import order
from case_store.handlers.facts import address_key, reply_path
from case_store.handlers.people import addresses_of
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import lock_open
from contracts.cases import CustomerTyped
from contracts.chat import ChatSignal
from contracts.envelope import Envelope
from contracts.inbound import TypingReceived
from contracts.outbound import SignalRequested
from contracts.topics import CASE_EVENTS, OUTBOUND_MESSAGES
from contracts.values import Author
from runtime.errors import Refused


@dataclass(frozen=True, slots=True)
class Signalled:
    case_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    signal: ChatSignal


async def signal_customer(case_id: UUID, signal: ChatSignal, author: Author, work: Work) -> Signalled:
    """Where the customer wrote last. Channels that have no such signs pass it over."""
    case = await lock_open(case_id, work)
    routes = order(await work.conversations.routes(case.customer_id), None)
    if not routes:
        raise Refused("no_reply_path", "the customer can't be reached there: no conversation that is open to us")
    path = reply_path(routes[0])
    request = SignalRequested(case_id=case.id, author=author, signal=signal, path=path, requested_at=work.now)
    work.emitter.emit(OUTBOUND_MESSAGES, str(path.conversation_id), request)
    return Signalled(case.id, path.conversation_id, path.channel, path.account, signal)


async def tell_typing(event: TypingReceived, envelope: Envelope, work: Work) -> None:
    """Of somebody with an open case; who never wrote is no customer yet."""
    wanted = addresses_of(event)
    found = best_known(await work.people.known(event.account, wanted), wanted)
    if found is None:
        return
    case = (await work.cases.open_cases_of(found.customer.id)).get(found.customer.id)
    routes = await work.conversations.routes(found.customer.id) if case else []
    spoken = (event.account, address_key(event.contact.address))
    route = next((one for one in routes if (one.account, one.address) == spoken), None)
    if case is None or route is None:
        return
    typed = CustomerTyped(
        case_id=case.id,
        customer_id=case.customer_id,
        conversation_id=route.conversation_id,
        channel=event.channel,
        account=event.account,
        typed_at=event.occurred_at,
    )
    work.emitter.emit(CASE_EVENTS, str(case.id), typed)
