import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import asyncpg

from case_store.adapters.postgres_reader import MESSAGE, message_view
from case_store.handlers.bot_views import ConversationView, TurnView

_CONVERSATION: Final = """
SELECT row_to_json(h)::text AS handling, c.subject, c.tags, c.fields::text AS fields
FROM case_handling h JOIN customer_case c ON c.tenant_id = h.tenant_id AND c.id = h.case_id
WHERE (h.tenant_id, h.case_id) = ($1, $2)
"""
_TURNS: Final = """
SELECT h.case_id, h.version, h.lease_until, h.unanswered_since, said.id AS message_id
FROM case_handling h CROSS JOIN LATERAL (
    SELECT id FROM message m WHERE m.tenant_id = h.tenant_id AND m.case_id = h.case_id AND m.direction = 'in'
    ORDER BY m.seq DESC LIMIT 1) AS said
WHERE h.tenant_id = $1 AND h.bot_id = $2 AND h.state = 'bot' AND h.unanswered_since IS NOT NULL
ORDER BY h.unanswered_since LIMIT $3
"""


class PostgresBotReader:
    def __init__(self, connection: asyncpg.Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    async def conversation(self, case_id: UUID, messages: int) -> ConversationView | None:
        row = await self._connection.fetchrow(_CONVERSATION, self._tenant, case_id)
        if row is None:
            return None
        sql = MESSAGE + "AND m.case_id = $2 ORDER BY m.seq DESC LIMIT $3"
        latest = await self._connection.fetch(sql, self._tenant, case_id, messages)
        view = ConversationView.model_validate_json(row["handling"])
        return view.model_copy(
            update={
                "subject": row["subject"],
                "tags": tuple(row["tags"]),
                "case_fields": json.loads(row["fields"]),
                "messages": tuple(map(message_view, reversed(latest))),
            }
        )

    async def turns(self, bot_id: str, limit: int) -> Sequence[TurnView]:
        rows = await self._connection.fetch(_TURNS, self._tenant, bot_id, limit)
        ids = [row["message_id"] for row in rows]
        said = await self._connection.fetch(MESSAGE + "AND m.id = ANY($2::uuid[])", self._tenant, ids)
        messages = {row["id"]: message_view(row) for row in said}
        return [TurnView(**{**dict(row), "message": messages[row["message_id"]]}) for row in rows]
