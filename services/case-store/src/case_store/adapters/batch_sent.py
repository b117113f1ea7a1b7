"""Our messages of which a batch tells what became of them: locked and named together, their steps written once at its end."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from case_store.adapters import rows
from case_store.adapters.batch_shelf import columns
from case_store.adapters.postgres_history import show_step
from case_store.domain.message import MessageState
from case_store.handlers.batch_ports import Named
from case_store.handlers.ports import Outcome
from runtime.unit_of_work import UnitOfWork

_LOCK: Final = f"""
SELECT {rows.MESSAGE}, m.traceparent FROM message m JOIN customer_case c ON c.tenant_id = m.tenant_id AND c.id = m.case_id
WHERE m.tenant_id = $1 AND m.id = ANY($2::uuid[]) ORDER BY c.id, m.id FOR NO KEY UPDATE OF c, m
"""  # noqa: S608  # constants of this module
_NAME: Final = """
INSERT INTO provider_message AS held (tenant_id, account, provider_message_id, message_id, part)
SELECT $1, account, provider_id, message_id, part
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::integer[]) AS new (message_id, account, provider_id, part)
ORDER BY account, provider_id
ON CONFLICT (tenant_id, account, provider_message_id)
DO UPDATE SET message_id = EXCLUDED.message_id, part = EXCLUDED.part WHERE held.message_id IS NULL
RETURNING message_id, xmax <> 0 AS expected
"""
_ADVANCE: Final = """
UPDATE message m SET status = new.status, error_code = new.error_code, error_reason = new.error_reason, held_reason = NULL,
    attempts = COALESCE(new.attempts, m.attempts), conversation_id = COALESCE(new.conversation_id, m.conversation_id),
    channel = COALESCE(new.channel, m.channel), account = COALESCE(new.account, m.account)
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::uuid[], $8::text[], $9::text[])
    AS new (id, status, error_code, error_reason, attempts, conversation_id, channel, account)
WHERE m.tenant_id = $1 AND m.id = new.id
"""


class SentMessages:
    """What it locked stays locked, what it named stays named: only the states are read anew after a statement that it doesn't know."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._held: dict[UUID, MessageState] = {}
        self._traces: dict[UUID, str | None] = {}
        self._expected: dict[UUID, bool] = {}
        self._steps: dict[UUID, Outcome] = {}

    async def load(self, message_ids: Collection[UUID], names: Sequence[Named]) -> set[UUID]:
        """Returns the cases, locked. Those merged while we waited for their lock are missed by the first look."""
        await self._lock(message_ids)
        if missing := set(message_ids) - self._held.keys():
            await self._lock(missing)
        await self._name([name for name in names if name.message_id in self._held])
        return {message.case_id for message in self._held.values()}

    async def _lock(self, message_ids: Collection[UUID]) -> None:
        for row in await self._work.connection.fetch(_LOCK, self._work.tenant, list(message_ids)):
            self._held[row["id"]] = rows.message(row)
            self._traces[row["id"]] = row["traceparent"]

    async def _name(self, names: Sequence[Named]) -> None:
        if not names:
            return
        self._expected.update((name.message_id, False) for name in names)
        unique = {(name.account, name.provider_message_id): name for name in reversed(names)}
        for row in await self._work.connection.fetch(_NAME, self._work.tenant, *columns(unique.values())):
            self._expected[row["message_id"]] |= row["expected"]

    def state(self, message_id: UUID) -> MessageState | None:
        """None: ask the store."""
        return self._held.get(message_id)

    def expected(self, message_id: UUID) -> bool | None:
        """Whether something about it came before its names; None: it was not named here."""
        return self._expected.get(message_id)

    def advance(self, message_id: UUID, outcome: Outcome) -> bool:
        """False: not of those held."""
        held = self._held.get(message_id)
        if held is None:
            return False
        self._held[message_id] = replace(held, status=outcome.status)
        before = self._steps.get(message_id)
        self._steps[message_id] = outcome if before is None else _after(before, outcome)
        show_step(message_id, outcome, self._traces[message_id])
        return True

    async def flush(self) -> None:
        if self._steps:
            await self._work.connection.execute(_ADVANCE, self._work.tenant, *columns(self._rows()))
        self._steps = {}

    def forget(self) -> None:
        self._held = {}

    def _rows(self) -> Iterator[tuple[object, ...]]:
        for message_id, step in self._steps.items():
            place = step.conversation_id, step.channel, step.account
            yield message_id, step.status, step.error_code, step.error_reason, step.attempts, *place


def _after(before: Outcome, step: Outcome) -> Outcome:
    """Two steps as one; what a step says nothing of stays, but for errors, which are of the last step alone."""
    return replace(
        step,
        attempts=before.attempts if step.attempts is None else step.attempts,
        conversation_id=step.conversation_id or before.conversation_id,
        channel=step.channel or before.channel,
        account=step.account or before.account,
    )
