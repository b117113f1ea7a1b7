"""The handlings of a batch: read together when the first is asked for, written once at its end."""

from uuid import UUID

from typing_extensions import override

from case_store.adapters.batch_cases import BatchCases
from case_store.adapters.batch_shelf import Shelf
from case_store.adapters.postgres_handlings import Change, PostgresHandlings
from case_store.domain.handling import Handling
from runtime.unit_of_work import UnitOfWork


class BatchHandlings(PostgresHandlings):
    def __init__(self, work: UnitOfWork, cases: BatchCases, shelf: Shelf) -> None:
        super().__init__(work)
        self._cases = cases
        self._shelf = shelf
        self._held: dict[UUID, Handling | None] = {}
        self._changes: dict[UUID, Change] = {}

    @override
    async def of(self, case_id: UUID) -> Handling | None:
        if case_id not in self._held:
            missing = {case_id, *self._cases.held_ids()} - self._held.keys()
            self._held.update(dict.fromkeys(missing))
            self._held.update(await self._read(list(missing)))
        return self._held[case_id]

    @override
    async def save(self, handling: Handling, before: Handling | None) -> None:
        """Several changes of one case are one row, made of the version that the store has."""
        self._count(handling, before)
        waiting = self._changes.get(handling.case_id)
        seen = waiting.seen if waiting is not None else before.version if before is not None else 0
        self._held[handling.case_id] = handling
        self._changes[handling.case_id] = Change(handling, seen)

    async def flush(self) -> None:
        if self._changes:
            await self._write(list(self._changes.values()))
        self._changes = {}

    def forget(self) -> None:
        self._held = {}
