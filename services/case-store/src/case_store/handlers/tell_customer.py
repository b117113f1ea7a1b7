"""What the router promises or refuses is told to the customer as an automatic message, on the way that replies take."""

from case_store.domain.case import TURNED_AWAY, Case, CaseStatus
from case_store.domain.texts import text_for
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from case_store.handlers.reply_to_case import ReplyToCase, reply_to_case
from case_store.handlers.resolve_case import resolve
from contracts.envelope import Envelope
from contracts.routing import CallbackPromised, WorkTurnedAway
from contracts.values import Author, AuthorKind, Content, ContentKind
from runtime.errors import NotFound, Refused

ROUTER = Author(kind=AuthorKind.SYSTEM, id="router")


async def tell_promise(event: CallbackPromised, envelope: Envelope, work: Work) -> None:
    """The work waits on."""
    await _tell_once(event, envelope, work)


async def tell_turned_away(event: WorkTurnedAway, envelope: Envelope, work: Work) -> None:
    """The router's work is done, so the case is resolved as what it is; the customer's next message reopens it."""
    case = await _tell_once(event, envelope, work)
    if case is not None:
        await resolve(case, ROUTER, TURNED_AWAY, work)


async def _tell_once(event: CallbackPromised | WorkTurnedAway, envelope: Envelope, work: Work) -> Case | None:
    """The open case; none when it was told before, or there is nobody to tell any more."""
    case = await work.cases.lock(event.case_id)
    if case is None:
        raise NotFound("case", event.case_id)
    if await work.cases.is_filed(case.id, envelope.id):
        return None
    obstacle = await _say(case, event, envelope, work)
    await work.cases.file(case.id, entry_of(envelope.id, event, envelope.time, not_told_because=obstacle))
    return await work.cases.lock(case.id) if case.status is CaseStatus.OPEN else None


async def _say(case: Case, event: CallbackPromised | WorkTurnedAway, envelope: Envelope, work: Work) -> str | None:
    """Why nothing was said, if so."""
    config, customer = work.config, await work.people.read(case.customer_id)
    texts = config.texts.get(event.message) if config is not None else None
    if config is None or not texts:
        return "unknown_text"
    words = text_for(texts, customer.language if customer else None, config.language)
    content = Content(kind=ContentKind.TEXT, text=words)
    command = ReplyToCase(case.id, ROUTER, content, automatic=True, event_id=envelope.id)
    try:
        await reply_to_case(command, work)
    except Refused as refused:
        return refused.code
    return None
