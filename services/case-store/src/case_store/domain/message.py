from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class MessageState:
    """A filed message as amendments, receipts and results see it. `status` is none for what customers wrote."""

    id: UUID
    case_id: UUID
    conversation_id: UUID
    inbound: bool
    status: str | None = None
    edited_at: datetime | None = None
    unsent_at: datetime | None = None


def takes_edit(message: MessageState, edited_at: datetime) -> bool:
    """The largest provider timestamp wins; what was taken back stays gone."""
    return message.unsent_at is None and (message.edited_at is None or edited_at > message.edited_at)
