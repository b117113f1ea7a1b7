"""Messages in pieces: the first piece to come makes the message, each later one completes its words.

So nothing waits for a piece that never comes, and nobody has to sweep.
"""

from collections.abc import Sequence

from case_store.handlers.amend_history import tell_amended
from case_store.handlers.ports import Part, Work
from case_store.handlers.receive_message import receive_message
from contracts.cases import HistoryAmendment
from contracts.envelope import Envelope
from contracts.inbound import MessageEdited, MessagePartReceived, MessageReceived
from runtime.errors import NotFound

_OF_EVERY_EVENT = ("channel", "account", "conversation", "provider_event_id", "occurred_at", "received_at", "contact")


async def receive_part(event: MessagePartReceived, envelope: Envelope, work: Work) -> None:
    parts = await work.parked.keep_part(event)
    first = min(parts, key=lambda part: (part.received_at, part.number))
    shared = {name: getattr(event, name) for name in _OF_EVERY_EVENT}
    content = event.content.model_copy(update={"text": joined(parts)})
    if len(parts) == 1:
        whole = MessageReceived(**shared, provider_message_id=event.provider_message_id, content=content)
        await receive_message(whole, envelope, work)
        return
    edit = MessageEdited(**shared, provider_message_id=first.provider_message_id, content=content)
    message = await work.history.lock_provider_message(event.account, first.provider_message_id)
    if message is None:
        raise NotFound("message", first.provider_message_id)
    if message.unsent_at is None:
        await work.history.edit(message.id, content, event.received_at)
        await tell_amended(edit, HistoryAmendment.EDITED, message, work)


def joined(parts: Sequence[Part]) -> str:
    """The words in order. The network cut them anywhere, so nothing is put between them; "…" stands for what is not here yet."""
    words, expected = [], 1
    for part in parts:
        words += ["…"] * (part.number > expected) + [part.text]
        expected = part.number + 1
    return "".join(words)
