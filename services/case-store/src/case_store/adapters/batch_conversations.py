import json
from collections.abc import Collection
from typing import Final
from uuid import UUID

import asyncpg
from typing_extensions import override

from case_store.adapters.batch_shelf import Shelf, columns, settling
from case_store.adapters.postgres_conversations import PostgresConversations
from case_store.domain.conversation import Conversation, after
from case_store.handlers.ports import Heard
from runtime.errors import DependencyDown
from runtime.ports import Ids
from runtime.unit_of_work import UnitOfWork

_HELD: Final = """
SELECT t.id, t.contact_point_id, t.channel, t.account, t.conversation_key, t.last_inbound_at, t.last_received_at,
       t.reply_token, t.reply_expires_at, t.window_closes_at, t.thread::text AS thread
FROM unnest($2::text[], $3::text[]) AS named (account, key)
JOIN conversation t ON t.tenant_id = $1 AND t.account = named.account AND t.conversation_key = named.key
ORDER BY t.id FOR NO KEY UPDATE OF t
"""
_WRITE: Final = """
INSERT INTO conversation
    (tenant_id, id, contact_point_id, channel, account, conversation_key, last_inbound_at, last_received_at,
     reply_token, reply_expires_at, window_closes_at, thread)
SELECT $1, id, contact_point_id, channel, account, key, inbound_at, received_at, token, expires_at, closes_at, thread::jsonb
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::timestamptz[],
            $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[])
    AS new (id, contact_point_id, channel, account, key, inbound_at, received_at, token, expires_at, closes_at, thread)
ORDER BY account, key
ON CONFLICT (tenant_id, account, conversation_key) DO UPDATE SET
    contact_point_id = EXCLUDED.contact_point_id, reply_token = EXCLUDED.reply_token,
    reply_expires_at = EXCLUDED.reply_expires_at, window_closes_at = EXCLUDED.window_closes_at, thread = EXCLUDED.thread,
    last_inbound_at = EXCLUDED.last_inbound_at, last_received_at = EXCLUDED.last_received_at
RETURNING id
"""


class BatchConversations(PostgresConversations):
    """Read and locked for the whole batch; what its messages say of them is written at its end."""

    def __init__(self, work: UnitOfWork, ids: Ids, shelf: Shelf) -> None:
        super().__init__(work, ids)
        self._shelf = shelf
        self._held: dict[tuple[str, str], Conversation | None] = {}
        self._changed: set[tuple[str, str]] = set()

    async def load(self, places: Collection[tuple[str, str]]) -> None:
        """By account and the provider's key."""
        accounts, keys = [account for account, _ in places], [key for _, key in places]
        self._held.update(dict.fromkeys(places))
        for row in await self._work.connection.fetch(_HELD, self._work.tenant, accounts, keys):
            self._held[row["account"], row["conversation_key"]] = _conversation(row)

    @override
    async def heard(self, heard: Heard) -> UUID:
        place = (heard.account, heard.key)
        if place not in self._held:
            await self.load([place])
        held = self._held[place]
        said = _said(heard, held.id if held is not None else self._ids.new())
        self._held[place] = said if held is None else after(held, said)
        self._changed.add(place)
        return said.id

    async def flush(self) -> None:
        written = [held for place in self._changed if (held := self._held[place]) is not None]
        if written:
            found = await self._work.connection.fetch(_WRITE, self._work.tenant, *columns(map(_row, written)))
            if {row["id"] for row in found} != {conversation.id for conversation in written}:
                raise DependencyDown("a conversation is being opened by others; try again")
        self._changed = set()

    def forget(self) -> None:
        self._held = {}

    known = settling(PostgresConversations.known)
    routes = settling(PostgresConversations.routes)


def _said(heard: Heard, conversation_id: UUID) -> Conversation:
    handle = heard.reply_handle
    return Conversation(
        id=conversation_id,
        contact_point_id=heard.contact_point_id,
        channel=heard.channel,
        account=heard.account,
        key=heard.key,
        last_inbound_at=heard.at,
        last_received_at=heard.received_at,
        reply_token=handle.token if handle else None,
        reply_expires_at=handle.expires_at if handle else None,
        window_closes_at=heard.window_closes_at,
        thread=heard.thread,
    )


def _conversation(row: asyncpg.Record) -> Conversation:
    return Conversation(
        id=row["id"],
        contact_point_id=row["contact_point_id"],
        channel=row["channel"],
        account=row["account"],
        key=row["conversation_key"],
        last_inbound_at=row["last_inbound_at"],
        last_received_at=row["last_received_at"],
        reply_token=row["reply_token"],
        reply_expires_at=row["reply_expires_at"],
        window_closes_at=row["window_closes_at"],
        thread=json.loads(row["thread"]),
    )


def _row(held: Conversation) -> tuple[object, ...]:
    return (
        held.id,
        held.contact_point_id,
        held.channel,
        held.account,
        held.key,
        held.last_inbound_at,
        held.last_received_at,
        held.reply_token,
        held.reply_expires_at,
        held.window_closes_at,
        json.dumps(dict(held.thread)),
    )
