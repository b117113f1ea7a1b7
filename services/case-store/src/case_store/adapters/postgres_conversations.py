import json
from typing import Final
from uuid import UUID

from case_store.adapters import rows
from case_store.domain.reply_paths import Route
from case_store.handlers.ports import Heard
from runtime.ports import Ids
from runtime.unit_of_work import UnitOfWork

# Messages may come out of order: a handle or a contact point of an older one replaces nothing.
_HEARD: Final = """
INSERT INTO conversation AS held
    (tenant_id, id, contact_point_id, channel, account, conversation_key,
     reply_token, reply_expires_at, window_closes_at, last_inbound_at, last_received_at, thread)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb)
ON CONFLICT (tenant_id, account, conversation_key) DO UPDATE SET
    contact_point_id =
        CASE WHEN EXCLUDED.last_inbound_at >= held.last_inbound_at THEN EXCLUDED.contact_point_id ELSE held.contact_point_id END,
    reply_token = CASE
        WHEN EXCLUDED.reply_token IS NOT NULL AND EXCLUDED.last_inbound_at >= held.last_inbound_at THEN EXCLUDED.reply_token
        ELSE held.reply_token END,
    reply_expires_at = CASE
        WHEN EXCLUDED.reply_token IS NOT NULL AND EXCLUDED.last_inbound_at >= held.last_inbound_at THEN EXCLUDED.reply_expires_at
        ELSE held.reply_expires_at END,
    window_closes_at = GREATEST(held.window_closes_at, EXCLUDED.window_closes_at),
    thread = CASE
        WHEN EXCLUDED.thread <> '{}' AND EXCLUDED.last_inbound_at >= held.last_inbound_at THEN EXCLUDED.thread ELSE held.thread END,
    last_inbound_at = GREATEST(held.last_inbound_at, EXCLUDED.last_inbound_at),
    last_received_at = GREATEST(held.last_received_at, EXCLUDED.last_received_at)
RETURNING id
"""
_ROUTES: Final = """
SELECT t.id, t.channel, t.account, cp.address_kind, cp.address, t.last_inbound_at, t.last_received_at, t.window_closes_at,
       t.reply_token, t.reply_expires_at, t.thread::text AS thread
FROM contact_point cp JOIN conversation t ON t.tenant_id = cp.tenant_id AND t.contact_point_id = cp.id
WHERE cp.tenant_id = $1 AND cp.customer_id = $2 AND cp.state = 'active'
ORDER BY t.id FOR NO KEY UPDATE OF t
"""
_KNOWN: Final = "SELECT id FROM conversation WHERE (tenant_id, account, conversation_key) = ($1, $2, $3)"


class PostgresConversations:
    def __init__(self, work: UnitOfWork, ids: Ids) -> None:
        self._work = work
        self._ids = ids

    async def heard(self, heard: Heard) -> UUID:
        handle = heard.reply_handle
        conversation_id: UUID = await self._work.connection.fetchval(
            _HEARD,
            self._work.tenant,
            self._ids.new(),
            heard.contact_point_id,
            heard.channel,
            heard.account,
            heard.key,
            handle.token if handle else None,
            handle.expires_at if handle else None,
            heard.window_closes_at,
            heard.at,
            heard.received_at,
            json.dumps(dict(heard.thread)),
        )
        return conversation_id

    async def known(self, account: str, key: str) -> UUID | None:
        found: UUID | None = await self._work.connection.fetchval(_KNOWN, self._work.tenant, account, key)
        return found

    async def routes(self, customer_id: UUID) -> list[Route]:
        found = await self._work.connection.fetch(_ROUTES, self._work.tenant, customer_id)
        return [
            rows.route(
                row,
                reply_token=row["reply_token"],
                reply_expires_at=row["reply_expires_at"],
                thread=json.loads(row["thread"]),
            )
            for row in found
        ]
