from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from typing_extensions import override

from case_store.adapters.batch_cases import BatchCases
from case_store.adapters.batch_sent import SentMessages
from case_store.adapters.batch_shelf import Shelf, columns, settling
from case_store.adapters.postgres_history import PostgresHistory
from case_store.domain.message import MessageState
from case_store.handlers.batch_ports import Named
from case_store.handlers.ports import Appended, Entry, NewMessage, Outcome
from runtime import telemetry
from runtime.errors import DependencyDown
from runtime.unit_of_work import UnitOfWork

_NAMED: Final = """
SELECT p.account, p.provider_message_id FROM unnest($2::text[], $3::text[]) AS told (account, provider_id)
JOIN provider_message p ON p.tenant_id = $1 AND p.account = told.account AND p.provider_message_id = told.provider_id
"""
_ADD: Final = """
WITH new AS (
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[], $10::text[],
                         $11::text[], $12::text[], $13::text[], $14::boolean[], $15::timestamptz[], $16::text[], $17::text[], $18::text[])
        AS new (id, case_id, seq, event_id, conversation_id, channel, account, direction, author_kind, author_id, author_name,
                content, automatic, occurred_at, status, provider_id, traceparent)),
added AS (
    INSERT INTO message
        (tenant_id, id, case_id, seq, event_id, conversation_id, channel, account, direction, author_kind, author_id, author_name,
         content, automatic, occurred_at, added_at, status, traceparent)
    SELECT $1, id, case_id, seq, event_id, conversation_id, channel, account, direction, author_kind, author_id, author_name,
           content::jsonb, automatic, occurred_at, $19, status, traceparent FROM new),
named AS (
    INSERT INTO provider_message AS held (tenant_id, account, provider_message_id, message_id)
    SELECT $1, account, provider_id, id FROM new WHERE provider_id IS NOT NULL ORDER BY account, provider_id
    ON CONFLICT (tenant_id, account, provider_message_id)
    DO UPDATE SET message_id = COALESCE(held.message_id, EXCLUDED.message_id)
    RETURNING account, provider_message_id, xmax <> 0 AS expected)
SELECT account, provider_message_id FROM named WHERE expected
"""


@dataclass(frozen=True, slots=True)
class _New:
    case_id: UUID
    seq: int
    message: NewMessage
    traceparent: str | None


class BatchHistory(PostgresHistory):
    """Messages get their numbers at once, and their rows at the end of the batch."""

    def __init__(self, work: UnitOfWork, cases: BatchCases, shelf: Shelf) -> None:
        super().__init__(work)
        self._cases = cases
        self._shelf = shelf
        self._expected: dict[tuple[str, str], bool] = {}
        self._new: list[_New] = []
        self._sent = SentMessages(work)

    async def load(self, names: Collection[tuple[str, str]]) -> None:
        """Whether something about these messages, by account and the provider's id, came before them."""
        self._expected.update(dict.fromkeys(names, False))
        accounts, ids = [account for account, _ in names], [name for _, name in names]
        for row in await self._connection.fetch(_NAMED, self._work.tenant, accounts, ids):
            self._expected[row["account"], row["provider_message_id"]] = True

    async def load_sent(self, message_ids: Collection[UUID], names: Sequence[Named]) -> set[UUID]:
        """Locks our messages and their cases, which it returns, and keeps what providers call them."""
        return await self._sent.load(message_ids, names)

    @override
    async def lock_message(self, message_id: UUID) -> MessageState | None:
        return self._sent.state(message_id) or await self._lock_message_now(message_id)

    @override
    async def name(self, message_id: UUID, account: str, provider_message_ids: Sequence[str]) -> bool:
        expected = self._sent.expected(message_id)
        return await self._name_now(message_id, account, provider_message_ids) if expected is None else expected

    @override
    async def advance(self, message_id: UUID, outcome: Outcome) -> None:
        if not self._sent.advance(message_id, outcome):
            await self._advance_now(message_id, outcome)

    @override
    async def append(self, case_id: UUID, message: NewMessage, entry_data: str) -> Appended:
        expected = await self._is_expected(message)
        seq = self._cases.number(case_id, message.event_id)
        if seq is None:
            return await self._append_now(case_id, message, entry_data)
        self._new.append(_New(case_id, seq, message, telemetry.traceparent()))
        told = f'{entry_data.removesuffix("}")}, "seq": {seq}}}'
        self._cases.line(case_id, Entry(message.id, "MessageAdded", told, self._work.now))
        return Appended(seq, expected)

    async def _is_expected(self, message: NewMessage) -> bool:
        name = _name_of(message)
        if name is None:
            return False
        if any(_name_of(new.message) == name for new in self._new):
            await self._shelf.flush()
        if name not in self._expected:
            await self.load([name])
        return self._expected[name]

    async def flush(self) -> None:
        await self._sent.flush()
        if not self._new:
            return
        found = await self._connection.fetch(_ADD, self._work.tenant, *columns(map(_row, self._new)), self._work.now)
        names = {name for new in self._new if (name := _name_of(new.message))}
        if {(row["account"], row["provider_message_id"]) for row in found} != set(filter(self._expected.get, names)):
            raise DependencyDown("something about a message came meanwhile; try again")
        self._expected.update(dict.fromkeys(names, True))
        self._new = []

    def forget(self) -> None:
        self._expected = {}
        self._sent.forget()

    _append_now = settling(PostgresHistory.append)
    reply = settling(PostgresHistory.reply)
    _lock_message_now = settling(PostgresHistory.lock_message)
    lock_provider_message = settling(PostgresHistory.lock_provider_message)
    expect = settling(PostgresHistory.expect)
    _name_now = settling(PostgresHistory.name)
    edit = settling(PostgresHistory.edit)
    unsend = settling(PostgresHistory.unsend)
    react = settling(PostgresHistory.react)
    _advance_now = settling(PostgresHistory.advance)
    attach = settling(PostgresHistory.attach)
    sent_until = settling(PostgresHistory.sent_until)
    hold = settling(PostgresHistory.hold)
    last_words = settling(PostgresHistory.last_words)
    last_said = settling(PostgresHistory.last_said)
    last_place = settling(PostgresHistory.last_place)
    last_trace = settling(PostgresHistory.last_trace)
    merge = settling(PostgresHistory.merge)


def _name_of(message: NewMessage) -> tuple[str, str] | None:
    return (message.account, message.provider_message_id) if message.provider_message_id is not None else None


def _row(new: _New) -> tuple[object, ...]:
    message = new.message
    return (
        message.id,
        new.case_id,
        new.seq,
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
        message.status,
        message.provider_message_id,
        new.traceparent,
    )
