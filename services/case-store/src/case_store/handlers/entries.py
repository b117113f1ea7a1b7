"""Lines of a case's timeline: our own words and ids; what people said stays in the history alone."""

import json
from datetime import datetime
from uuid import UUID

from case_store.handlers.ports import Entry, NewMessage
from contracts.base import Contract

_WORDS = frozenset({"content", "raw", "handover"})


def entry_of(event_id: UUID, event: Contract, at: datetime, **more: str | None) -> Entry:
    """The event as it went out, without message text; and what we add to it, unless it is none."""
    told = event.model_dump(mode="json", exclude=set(_WORDS), exclude_none=True)
    added = {name: value for name, value in more.items() if value is not None}
    return Entry(event_id, type(event).__name__, json.dumps(told | added, ensure_ascii=False), at)


def message_entry_data(message: NewMessage) -> str:
    """`seq` is added by the store."""
    told = {
        "message_id": str(message.id),
        "conversation_id": str(message.conversation_id),
        "channel": message.channel,
        "author": message.author.model_dump(mode="json"),
        "kind": message.content.kind.value,
        "automatic": message.automatic,
        "internal": message.direction == "note",
    }
    return json.dumps(told)
