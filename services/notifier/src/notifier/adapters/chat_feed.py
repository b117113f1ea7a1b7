"""Visitors' feeds in Postgres, inside the caller's transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.chat import ChatLine
from contracts.values import Author, Content
from notifier.adapters.store import Transaction
from notifier.handlers.ports import Delivery

MAX_BYTES: Final = 400_000
"""Of one answer's words, so that its event stays below the broker's limit; one line alone may be larger."""

# Whoever holds the feed's row numbers the next line, and no other.
_HOLD: Final = """
INSERT INTO chat_feed (tenant_id, account, visitor) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, account, visitor) DO UPDATE SET last_position = chat_feed.last_position
RETURNING last_position
"""
_KNOWN: Final = "SELECT * FROM chat_line WHERE tenant_id = $1 AND message_id = $2"
_ADD: Final = """
WITH counted AS (
    UPDATE chat_feed SET last_position = $4 WHERE tenant_id = $1 AND account = $2 AND visitor = $3
)
INSERT INTO chat_line (tenant_id, account, visitor, position, message_id, author, content, at)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8) RETURNING *
"""
_LAST: Final = "SELECT last_position FROM chat_feed WHERE tenant_id = $1 AND account = $2 AND visitor = $3"
_LINES: Final = """
SELECT position, message_id, author, content, at
FROM (SELECT *, sum(octet_length(content::text)) OVER (ORDER BY position) - octet_length(content::text) AS before
      FROM (SELECT * FROM chat_line
            WHERE tenant_id = $1 AND account = $2 AND visitor = $3 AND position > $4 ORDER BY position LIMIT $5) AS next
     ) AS measured
WHERE before < $6 ORDER BY position
"""


class PostgresChatFeed:
    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._transaction = transaction

    async def keep(self, delivery: Delivery) -> tuple[ChatLine, bool]:
        place = (delivery.tenant, delivery.path.account, delivery.path.address.value)
        last: int = await self._connection.fetchval(_HOLD, *place)
        known = await self._connection.fetchrow(_KNOWN, delivery.tenant, delivery.id)
        if known is not None:
            return _line(known), False
        words = (delivery.author.model_dump_json(), delivery.content.model_dump_json(exclude_none=True))
        row = await self._connection.fetchrow(_ADD, *place, last + 1, delivery.id, *words, self._transaction.now)
        return _line(row), True

    async def last(self, account: str, visitor: str) -> int:
        return await self._connection.fetchval(_LAST, self._transaction.tenant, account, visitor) or 0

    async def lines(self, account: str, visitor: str, after: int, limit: int) -> Sequence[ChatLine]:
        place = (self._transaction.tenant, account, visitor)
        return [_line(row) for row in await self._connection.fetch(_LINES, *place, after, limit, MAX_BYTES)]


def _line(row: Mapping[str, Any]) -> ChatLine:
    return ChatLine(
        position=row["position"],
        message_id=row["message_id"],
        author=Author.model_validate(json.loads(row["author"])),
        content=Content.model_validate(json.loads(row["content"])),
        at=row["at"],
    )
