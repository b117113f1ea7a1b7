from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from case_store.adapters import rows
from case_store.domain.case import Case
from case_store.domain.message import MessageState
from case_store.handlers.ports import Appended, LastWords, NewMessage, Numbered, Outcome, Place, Said
from contracts.values import Attachment, Content, ContentKind
from runtime import telemetry
from runtime.unit_of_work import UnitOfWork

_ADD: Final = """
WITH numbered AS (
    UPDATE customer_case SET last_seq = last_seq + 1, last_entry = last_entry + 1, revision = revision + 1{answered}
    WHERE (tenant_id, id) = ($1, $2) RETURNING last_seq, last_entry, last_command),
entry AS (
    INSERT INTO timeline_entry (tenant_id, case_id, position, event_id, type, data, at)
    SELECT $1, $2, last_entry, $3, 'MessageAdded', $19::text::jsonb || jsonb_build_object('seq', last_seq), $16 FROM numbered),
{taken}named AS (
    INSERT INTO provider_message (tenant_id, account, provider_message_id, message_id)
    SELECT $1, $7, $18, $3 WHERE $18::text IS NOT NULL
    ON CONFLICT (tenant_id, account, provider_message_id)
    DO UPDATE SET message_id = COALESCE(provider_message.message_id, EXCLUDED.message_id)
    RETURNING xmax <> 0 AS expected)
INSERT INTO message
    (tenant_id, id, case_id, seq, event_id, conversation_id, channel, account, direction, author_kind, author_id, author_name,
     content, automatic, occurred_at, added_at, status, traceparent)
SELECT $1, $3, $2, last_seq, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::jsonb, $13, $14, $15, $17, $20 FROM numbered
RETURNING seq, COALESCE((SELECT expected FROM named), false) AS expected, (SELECT last_command FROM numbered) AS last_command
"""
_APPEND: Final = _ADD.format(answered="", taken="")
_REPLY: Final = _ADD.format(
    answered=", answered_at = COALESCE($21, answered_at), pauses = COALESCE($22::text::jsonb, pauses),"
    " last_command = last_command + $24",
    taken="taken AS (UPDATE conversation SET reply_token = NULL, reply_expires_at = NULL WHERE $23 AND (tenant_id, id) = ($1, $5)),\n",
)
_LOCK: Final = f"""
SELECT {rows.MESSAGE} FROM message m JOIN customer_case c ON c.tenant_id = m.tenant_id AND c.id = m.case_id
WHERE m.tenant_id = $1 AND m.id = $2 FOR NO KEY UPDATE OF c, m
"""  # noqa: S608  # constants of this module
_LOCK_NAMED: Final = f"""
SELECT {rows.MESSAGE} FROM provider_message p
JOIN message m ON m.tenant_id = p.tenant_id AND m.id = p.message_id
JOIN customer_case c ON c.tenant_id = m.tenant_id AND c.id = m.case_id
WHERE p.tenant_id = $1 AND p.account = $2 AND p.provider_message_id = $3 FOR NO KEY UPDATE OF c, m
"""  # noqa: S608
_EXPECT: Final = """
INSERT INTO provider_message AS held (tenant_id, account, provider_message_id) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, account, provider_message_id) DO UPDATE SET part = held.part
RETURNING message_id
"""
_NAME: Final = """
INSERT INTO provider_message AS held (tenant_id, account, provider_message_id, message_id, part)
SELECT $1, $3, provider_id, $2, part - 1 FROM unnest($4::text[]) WITH ORDINALITY AS new (provider_id, part)
ON CONFLICT (tenant_id, account, provider_message_id)
DO UPDATE SET message_id = EXCLUDED.message_id, part = EXCLUDED.part WHERE held.message_id IS NULL
RETURNING xmax <> 0 AS expected
"""
_EDIT: Final = """
UPDATE message SET content = $3::text::jsonb, edited_at = $4
WHERE (tenant_id, id) = ($1, $2) AND content <> $3::text::jsonb RETURNING true
"""
_UNSEND: Final = """
UPDATE message SET content = jsonb_build_object('kind', content->>'kind'), unsent_at = $3 WHERE (tenant_id, id) = ($1, $2)
"""
_REACT: Final = """
INSERT INTO reaction AS held (tenant_id, message_id, reactor, emoji, reacted_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant_id, message_id, reactor)
DO UPDATE SET emoji = EXCLUDED.emoji, reacted_at = EXCLUDED.reacted_at WHERE held.reacted_at < EXCLUDED.reacted_at
RETURNING true
"""
_ATTACH: Final = """
UPDATE message SET content = jsonb_set(content, ARRAY['attachments', $3::int::text], $4::text::jsonb)
WHERE (tenant_id, id) = ($1, $2) AND content->'attachments'->$3::int IS NOT NULL RETURNING true
"""
_SENT_UNTIL: Final = f"""
SELECT {rows.MESSAGE} FROM conversation t
JOIN message m ON m.tenant_id = t.tenant_id AND m.conversation_id = t.id
JOIN customer_case c ON c.tenant_id = m.tenant_id AND c.id = m.case_id
WHERE t.tenant_id = $1 AND t.account = $2 AND t.conversation_key = $3 AND m.direction = 'out' AND m.occurred_at <= $4
  AND m.status IN ('accepted', 'sent', 'delivered')
ORDER BY m.occurred_at, m.id LIMIT 1000 FOR NO KEY UPDATE OF c, m
"""  # noqa: S608
_ADVANCE: Final = """
UPDATE message SET status = $3, error_code = $4, error_reason = $9, held_reason = NULL, attempts = COALESCE($5, attempts),
    conversation_id = COALESCE($6, conversation_id), channel = COALESCE($7, channel), account = COALESCE($8, account)
WHERE (tenant_id, id) = ($1, $2) RETURNING traceparent
"""
_LAST_TRACE: Final = """
SELECT traceparent FROM message WHERE tenant_id = $1 AND case_id = $2 AND direction = 'in' ORDER BY seq DESC LIMIT 1
"""
_LAST_PLACE: Final = """
SELECT conversation_id, channel, account FROM message WHERE tenant_id = $1 AND case_id = $2 ORDER BY seq DESC LIMIT 1
"""
_LAST_WORDS: Final = """
SELECT id, channel, account, content->>'kind' AS kind, COALESCE(content->>'text', '') AS text
FROM message WHERE tenant_id = $1 AND case_id = $2 AND direction = 'in' ORDER BY seq DESC LIMIT 1
"""
_LAST_SAID: Final = """
SELECT id, seq, conversation_id, channel, account, content::text AS content
FROM message WHERE tenant_id = $1 AND case_id = $2 AND direction = 'in' ORDER BY seq DESC LIMIT 1
"""
_MERGE: Final = """
WITH target AS (SELECT last_seq FROM customer_case WHERE (tenant_id, id) = ($1, $3)),
moved AS (
    UPDATE message SET case_id = $3, seq = message.seq + target.last_seq FROM target
    WHERE message.tenant_id = $1 AND message.case_id = $2 RETURNING 1),
emptied AS (UPDATE customer_case SET last_seq = 0 WHERE (tenant_id, id) = ($1, $2))
UPDATE customer_case SET last_seq = customer_case.last_seq + (SELECT count(*) FROM moved), revision = revision + 1
FROM target WHERE (tenant_id, id) = ($1, $3) RETURNING target.last_seq + 1
"""


class PostgresHistory:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._connection = work.connection

    async def append(self, case_id: UUID, message: NewMessage, entry_data: str) -> Appended:
        row = await self._connection.fetchrow(_APPEND, *self._columns(case_id, message, entry_data))
        return Appended(row["seq"], row["expected"])

    async def reply(
        self,
        case_id: UUID,
        message: NewMessage,
        entry_data: str,
        *,
        answered: Case | None,
        takes_handle: bool,
        tells: bool,
    ) -> Numbered:
        """One statement: of three that change two rows each would cost as much as the message."""
        at = answered.answered_at if answered is not None else None
        pauses = rows.PAUSES.dump_json(dict(answered.pauses)).decode() if answered is not None else None
        columns = self._columns(case_id, message, entry_data)
        row = await self._connection.fetchrow(_REPLY, *columns, at, pauses, takes_handle, int(tells))
        return Numbered(row["seq"], row["last_command"] if tells else None)

    def _columns(self, case_id: UUID, message: NewMessage, entry_data: str) -> tuple[object, ...]:
        return (
            self._work.tenant,
            case_id,
            message.id,
            message.event_id,
            message.conversation_id,
            message.channel,
            message.account,
            message.direction,
            message.author.kind.value,
            message.author.id,
            message.author_name,
            message.content.model_dump_json(exclude_none=True),
            message.automatic,
            message.occurred_at,
            self._work.now,
            self._work.now,
            message.status,
            message.provider_message_id,
            entry_data,
            telemetry.traceparent(),
        )

    async def lock_message(self, message_id: UUID) -> MessageState | None:
        return await self._locked(_LOCK, message_id)

    async def lock_provider_message(self, account: str, provider_message_id: str) -> MessageState | None:
        return await self._locked(_LOCK_NAMED, account, provider_message_id)

    async def _locked(self, sql: str, *arguments: object) -> MessageState | None:
        """Twice, because a message whose case was merged while we waited for the lock is missed by the first look."""
        row = await self._connection.fetchrow(sql, self._work.tenant, *arguments)
        row = row or await self._connection.fetchrow(sql, self._work.tenant, *arguments)
        return rows.message(row) if row else None

    async def expect(self, account: str, provider_message_id: str) -> UUID | None:
        came: UUID | None = await self._connection.fetchval(_EXPECT, self._work.tenant, account, provider_message_id)
        return came

    async def name(self, message_id: UUID, account: str, provider_message_ids: Sequence[str]) -> bool:
        unique = list(dict.fromkeys(provider_message_ids))
        named = await self._connection.fetch(_NAME, self._work.tenant, message_id, account, unique)
        return any(row["expected"] for row in named)

    async def edit(self, message_id: UUID, content: Content, at: datetime) -> bool:
        raw = content.model_dump_json(exclude_none=True)
        return bool(await self._connection.fetchval(_EDIT, self._work.tenant, message_id, raw, at))

    async def unsend(self, message_id: UUID, at: datetime) -> None:
        await self._connection.execute(_UNSEND, self._work.tenant, message_id, at)

    async def react(self, message_id: UUID, reactor: str, emoji: str, at: datetime) -> bool:
        return bool(await self._connection.fetchval(_REACT, self._work.tenant, message_id, reactor, emoji, at))

    async def attach(self, message_id: UUID, index: int, attachment: Attachment) -> bool:
        value = attachment.model_dump_json(exclude_none=True)
        return bool(await self._connection.fetchval(_ATTACH, self._work.tenant, message_id, index, value))

    async def sent_until(self, account: str, conversation: str, until: datetime) -> list[MessageState]:
        found = await self._connection.fetch(_SENT_UNTIL, self._work.tenant, account, conversation, until)
        return [rows.message(row) for row in found]

    async def advance(self, message_id: UUID, outcome: Outcome) -> None:
        trace: str | None = await self._connection.fetchval(
            _ADVANCE,
            self._work.tenant,
            message_id,
            outcome.status,
            outcome.error_code,
            outcome.attempts,
            outcome.conversation_id,
            outcome.channel,
            outcome.account,
            outcome.error_reason,
        )
        show_step(message_id, outcome, trace)

    async def last_trace(self, case_id: UUID) -> str | None:
        trace: str | None = await self._connection.fetchval(_LAST_TRACE, self._work.tenant, case_id)
        return trace

    async def hold(self, message_id: UUID, reason: str) -> None:
        sql = "UPDATE message SET held_reason = $3 WHERE (tenant_id, id) = ($1, $2) AND status = 'queued'"
        await self._connection.execute(sql, self._work.tenant, message_id, reason)

    async def last_words(self, case_id: UUID) -> LastWords | None:
        row = await self._connection.fetchrow(_LAST_WORDS, self._work.tenant, case_id)
        if row is None:
            return None
        return LastWords(row["id"], row["channel"], row["account"], ContentKind(row["kind"]), row["text"])

    async def last_said(self, case_id: UUID) -> Said | None:
        row = await self._connection.fetchrow(_LAST_SAID, self._work.tenant, case_id)
        return Said(*row.values())._replace(content=Content.model_validate_json(row["content"])) if row else None

    async def last_place(self, case_id: UUID) -> Place | None:
        row = await self._connection.fetchrow(_LAST_PLACE, self._work.tenant, case_id)
        return Place(row["conversation_id"], row["channel"], row["account"]) if row else None

    async def merge(self, source: UUID, target: UUID) -> int:
        first: int = await self._connection.fetchval(_MERGE, self._work.tenant, source, target)
        return first


def show_step(message_id: UUID, outcome: Outcome, trace: str | None) -> None:
    """A provider's receipt comes without our trace: its step is shown in the message's, linked to where it came in."""
    here = telemetry.traceparent()
    with telemetry.span(
        f"message {outcome.status}", parent=trace, links=(here,), messaging__message__id=str(message_id)
    ):
        pass
