from collections.abc import Sequence
from typing import Final
from uuid import UUID

from case_store.handlers.ports import Amendment, Part
from contracts.base import Contract
from contracts.inbound import (
    AttachmentFetched,
    MessageEdited,
    MessagePartReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from runtime.unit_of_work import UnitOfWork

_PARK: Final = """
INSERT INTO {table} (tenant_id, event_id, account, provider_message_id, type, event, occurred_at, parked_at)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7, $8) ON CONFLICT (tenant_id, event_id) DO NOTHING
"""
_TAKE: Final = """
WITH taken AS (
    DELETE FROM {table} WHERE tenant_id = $1 AND account = $2 AND provider_message_id = ANY($3::text[])
    RETURNING type, event::text AS event, occurred_at)
SELECT type, event FROM taken ORDER BY occurred_at
"""
_PARK_RECEIPT, _PARK_AMENDMENT = _PARK.format(table="parked_receipt"), _PARK.format(table="parked_amendment")
_TAKE_RECEIPTS, _TAKE_AMENDMENTS = _TAKE.format(table="parked_receipt"), _TAKE.format(table="parked_amendment")
_KEEP: Final = """
INSERT INTO unrecognised (tenant_id, id, channel, account, conversation_key, provider_event_id, reason, raw, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, id) DO NOTHING
"""
_KEEP_PART: Final = """
INSERT INTO message_part
    (tenant_id, account, conversation_key, reference, part, total, text, provider_message_id, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING
"""
_PARTS: Final = """
SELECT part, text, provider_message_id, received_at FROM message_part
WHERE (tenant_id, account, conversation_key, reference) = ($1, $2, $3, $4) ORDER BY part
"""
_AMENDMENTS: Final[dict[str, type[Amendment]]] = {
    kind.__name__: kind for kind in (MessageEdited, MessageUnsent, ReactionReceived, AttachmentFetched)
}


class PostgresParked:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def park_receipt(self, event_id: UUID, receipt: ReceiptReceived) -> None:
        await self._park(_PARK_RECEIPT, event_id, receipt)

    async def take_receipts(self, account: str, provider_message_ids: Sequence[str]) -> list[ReceiptReceived]:
        taken = await self._work.connection.fetch(
            _TAKE_RECEIPTS, self._work.tenant, account, list(provider_message_ids)
        )
        return [ReceiptReceived.model_validate_json(row["event"]) for row in taken]

    async def park_amendment(self, event_id: UUID, amendment: Amendment) -> None:
        await self._park(_PARK_AMENDMENT, event_id, amendment)

    async def take_amendments(self, account: str, provider_message_id: str) -> list[Amendment]:
        taken = await self._work.connection.fetch(_TAKE_AMENDMENTS, self._work.tenant, account, [provider_message_id])
        return [_AMENDMENTS[row["type"]].model_validate_json(row["event"]) for row in taken]

    async def keep_part(self, event: MessagePartReceived) -> list[Part]:
        message = (self._work.tenant, event.account, event.conversation, event.reference)
        words = event.content.text or ""
        own = (event.index, event.total, words, event.provider_message_id, event.received_at)
        await self._work.connection.execute(_KEEP_PART, *message, *own)
        return [Part(*row) for row in await self._work.connection.fetch(_PARTS, *message)]

    async def keep_unrecognised(self, event_id: UUID, event: UnrecognisedReceived) -> None:
        await self._work.connection.execute(
            _KEEP,
            self._work.tenant,
            event_id,
            event.channel,
            event.account,
            event.conversation,
            event.provider_event_id,
            event.reason,
            event.raw,
            event.received_at,
        )

    async def _park(self, sql: str, event_id: UUID, event: ReceiptReceived | Amendment) -> None:
        await self._work.connection.execute(
            sql,
            self._work.tenant,
            event_id,
            event.account,
            event.provider_message_id,
            _name(event),
            event.model_dump_json(exclude_none=True),
            event.occurred_at,
            self._work.now,
        )


def _name(event: Contract) -> str:
    return type(event).__name__
