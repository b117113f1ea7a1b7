"""Lines of a case's timeline: our own words and ids; what people said stays in the history alone."""

import json
from datetime import datetime
from uuid import UUID

from case_store.handlers.ports import Entry, NewMessage
from contracts.base import Contract

_WORDS = frozenset({"content", "raw"})


def entry_of(event_id: UUID, event: Contract, at: datetime) -> Entry:
    """The event as it went out, without message text."""
    data = event.model_dump_json(exclude=set(_WORDS), exclude_none=True)
    return Entry(event_id, type(event).__name__, data, at)


def message_entry_data(message: NewMessage) -> str:
    """`seq` is added by the store."""
    told = {
        "message_id": str(message.id),
        "conversation_id": str(message.conversation_id),
        "channel": message.channel,
        "author": message.author.model_dump(mode="json"),
        "kind": message.content.kind.value,
        "automatic": message.automatic,
    }
    return json.dumps(told)
