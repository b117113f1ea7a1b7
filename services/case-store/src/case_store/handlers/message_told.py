"""A message that joined the history, as the readers of cases and the router hear of it."""

from case_store.domain.case import Case
from case_store.handlers.ports import NewMessage, Work
from case_store.handlers.tell_router import tell_router
from contracts.cases import MessageAdded
from contracts.routing import AgentReplied
from contracts.topics import CASE_EVENTS


def tell_added(case: Case, message: NewMessage, seq: int, work: Work) -> None:
    added = MessageAdded(
        case_id=case.id,
        message_id=message.id,
        seq=seq,
        customer_id=case.customer_id,
        conversation_id=message.conversation_id,
        channel=message.channel,
        account=message.account,
        author=message.author,
        content=message.content,
        automatic=message.automatic,
        internal=message.direction == "note",
        added_at=work.now,
    )
    work.emitter.emit(CASE_EVENTS, str(case.id), added)


async def tell_message(case: Case, message: NewMessage, seq: int, work: Work, *, command: int | None = None) -> None:
    """Of ours; the router hears of it while it has the work. `command` is that command's number, if it was taken already."""
    tell_added(case, message, seq, work)
    if case.has_work:
        replied = AgentReplied(
            case_id=case.id,
            message_id=message.id,
            author=message.author,
            automatic=message.automatic,
            internal=message.direction == "note",
            replied_at=work.now,
        )
        await tell_router(case.id, replied, work, sequence=command)
