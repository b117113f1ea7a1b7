"""What agents write for each other: in the history, never on its way to the customer."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from case_store.domain.case import Case
from case_store.handlers.entries import message_entry_data
from case_store.handlers.message_told import tell_message
from case_store.handlers.ports import NewMessage, Place, Work
from case_store.handlers.resolve_case import refuse_merged
from contracts.values import Author, Content, ContentKind
from runtime.errors import NotFound


@dataclass(frozen=True, slots=True)
class Noted:
    message_id: UUID
    case_id: UUID
    seq: int
    added_at: datetime


async def add_note(case_id: UUID, author: Author, text: str, work: Work) -> Noted:
    """A resolved case takes notes, too. It stands where the conversation was last."""
    case = await work.cases.lock(case_id)
    if case is None:
        raise NotFound("case", case_id)
    refuse_merged(case)
    place = await work.history.last_place(case.id)
    if place is None:
        raise NotFound("conversation", case_id)
    note = _note(case, place, author, text, work)
    seq, _ = await work.history.append(case.id, note, message_entry_data(note))
    await tell_message(case, note, seq, work)
    return Noted(note.id, case.id, seq, work.now)


def _note(case: Case, place: Place, author: Author, text: str, work: Work) -> NewMessage:
    note_id = work.ids.new()
    return NewMessage(
        id=note_id,
        event_id=note_id,
        conversation_id=place.conversation_id,
        channel=place.channel,
        account=place.account,
        direction="note",
        author=author,
        content=Content(kind=ContentKind.TEXT, text=text),
        occurred_at=work.now,
    )
