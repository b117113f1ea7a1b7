"""The cases of a batch: read once, numbered in memory, written with the lines of their timelines at its end."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from typing_extensions import override

from case_store.adapters import rows
from case_store.adapters.batch_shelf import Shelf, columns, settling
from case_store.adapters.postgres_cases import CHANGE, CLOCKS, PostgresCases, change_row, routing_view
from case_store.domain.case import Case
from case_store.domain.routing_view import RoutingView
from case_store.handlers.ports import Entry
from runtime.unit_of_work import UnitOfWork

# The customers are locked, so no other case of theirs becomes the current one meanwhile.
_CURRENT: Final = f"""
SELECT {rows.CASE}, c.last_seq, c.last_command FROM customer_case c WHERE c.tenant_id = $1 AND c.id IN (
    SELECT latest.id FROM unnest($2::uuid[]) AS named (customer_id) CROSS JOIN LATERAL (
        SELECT id FROM customer_case WHERE tenant_id = $1 AND customer_id = named.customer_id AND status IN ('open', 'resolved')
        ORDER BY (status = 'open') DESC, resolved_at DESC LIMIT 1) AS latest)
ORDER BY c.id FOR NO KEY UPDATE
"""  # noqa: S608  # constants of this module
_FILED: Final = "SELECT event_id FROM message WHERE tenant_id = $1 AND event_id = ANY($2::uuid[])"
_ROUTING: Final = """
SELECT id, work_state, queue, work_priority, agent_id, last_agent_id, offered_to, routed_at, sla::text AS sla
FROM customer_case WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_OPEN: Final = """
INSERT INTO customer_case (tenant_id, id, customer_id, status, opened_at, work_requested)
SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::boolean[])
"""
# A line that is there already (the same event) is passed over.
_FILE: Final = """
WITH fresh AS (
    SELECT new.*, row_number() OVER (PARTITION BY case_id ORDER BY place) AS step
    FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
        WITH ORDINALITY AS new (case_id, event_id, type, data, at, place)
    WHERE NOT EXISTS (
        SELECT 1 FROM timeline_entry t WHERE (t.tenant_id, t.event_id, t.case_id) = ($1, new.event_id, new.case_id))),
steps AS (SELECT case_id, count(*) AS steps FROM fresh GROUP BY case_id),
counted AS (
    UPDATE customer_case c SET last_entry = c.last_entry + COALESCE(steps, 0),
        last_seq = c.last_seq + new.messages, last_command = c.last_command + new.commands,
        revision = c.revision + new.changes{routing}
    FROM unnest($7::uuid[], $8::bigint[], $9::bigint[], $10::bigint[]{arrays}) AS new (id, messages, commands, changes{columns})
        LEFT JOIN steps ON steps.case_id = new.id
    WHERE c.tenant_id = $1 AND c.id = new.id RETURNING c.id, c.last_entry - COALESCE(steps, 0) AS before)
INSERT INTO timeline_entry (tenant_id, case_id, position, event_id, type, data, at)
SELECT $1, case_id, before + step, event_id, type, data::jsonb, at FROM fresh JOIN counted ON counted.id = fresh.case_id
"""
_LINES: Final = _FILE.format(routing="", arrays="", columns="")
_ROUTED: Final = _FILE.format(
    routing=""",
        work_state = new.work_state, queue = new.queue, work_priority = new.work_priority, agent_id = new.agent_id,
        last_agent_id = new.last_agent_id, offered_to = new.offered_to, routed_at = new.routed_at, sla = new.sla::jsonb""",
    arrays=", $11::text[], $12::text[], $13::smallint[], $14::text[], $15::text[], $16::text[], $17::timestamptz[], $18::text[]",
    columns=", work_state, queue, work_priority, agent_id, last_agent_id, offered_to, routed_at, sla",
)


@dataclass(slots=True)
class _Held:
    """`last_seq` counts the messages that are still to be written, which are `messages`; `last_command` the `commands`."""

    case: Case
    last_seq: int = 0
    last_command: int = 0
    messages: int = 0
    commands: int = 0
    is_new: bool = False
    is_changed: bool = False


class BatchCases(PostgresCases):
    def __init__(self, work: UnitOfWork, shelf: Shelf) -> None:
        super().__init__(work)
        self._shelf = shelf
        self._held: dict[UUID, _Held] = {}
        self._current: dict[UUID, UUID | None] = {}
        self._views: dict[UUID, RoutingView | None] = {}
        self._filed: dict[UUID, bool] = {}
        self._locked: set[UUID] = set()
        self._lines: list[tuple[UUID, Entry]] = []
        self._changes: dict[UUID, int] = {}

    async def load(self, customer_ids: Collection[UUID]) -> None:
        """The current case of each of these (locked) customers, locked."""
        self._current.update(dict.fromkeys(customer_ids))
        for row in await self._connection.fetch(_CURRENT, self._work.tenant, list(customer_ids)):
            case = rows.case(row)
            self._held[case.id] = _Held(case, row["last_seq"], row["last_command"])
            self._current[case.customer_id] = case.id

    async def load_filed(self, event_ids: Collection[UUID]) -> None:
        self._filed.update(dict.fromkeys(event_ids, False))
        found = await self._connection.fetch(_FILED, self._work.tenant, list(event_ids))
        self._filed.update({row["event_id"]: True for row in found})

    async def load_routing(self, case_ids: Collection[UUID]) -> None:
        self._views.update(dict.fromkeys(case_ids))
        for row in await self._connection.fetch(_ROUTING, self._work.tenant, list(case_ids)):
            self._views[row["id"]] = routing_view(row)

    def held_ids(self) -> set[UUID]:
        """Of cases that were read and are locked."""
        return {*self._held, *self._views}

    def locked(self, case_ids: Collection[UUID]) -> None:
        """Nothing of them is held, but lines of their timelines can wait: nobody else writes there."""
        self._locked.update(case_ids)

    def met(self, customer_id: UUID) -> None:
        """A customer who is new has no case."""
        self._current[customer_id] = None

    @override
    async def current(self, customer_id: UUID, event_id: UUID) -> tuple[Case | None, bool]:
        if customer_id not in self._current:
            await self.load([customer_id])
        if event_id not in self._filed:
            await self.load_filed([event_id])
        case_id = self._current[customer_id]
        return (self._held[case_id].case if case_id else None), self._filed[event_id]

    @override
    async def open(self, case: Case, entry: Entry) -> None:
        self._held[case.id] = _Held(case, is_new=True)
        self._current[case.customer_id] = case.id
        self._lines.append((case.id, entry))

    @override
    async def change(self, case: Case) -> None:
        held = self._held.get(case.id)
        if held is None or held.case.customer_id != case.customer_id:
            await self._change_now(case)
        else:
            held.case, held.is_changed = case, True

    @override
    async def file(self, case_id: UUID, *entries: Entry) -> None:
        if case_id in self._held or case_id in self._locked:
            self._lines += ((case_id, entry) for entry in entries)
        else:
            await self._file_now(case_id, *entries)

    def number(self, case_id: UUID, event_id: UUID) -> int | None:
        """The next number of a case that is held; None: ask the store."""
        held = self._held.get(case_id)
        if held is None:
            return None
        held.last_seq += 1
        held.messages += 1
        self._filed[event_id] = True
        return held.last_seq

    @override
    async def next_command(self, case_id: UUID) -> int:
        """What is said of a message is counted with the lines of its case; without any that wait, at once."""
        held = self._held.get(case_id)
        if held is None:
            return await super().next_command(case_id)
        if held.messages or held.is_new:
            held.commands += 1
            held.last_command += 1
        else:
            held.last_command = await super().next_command(case_id)
        return held.last_command

    def line(self, case_id: UUID, entry: Entry) -> None:
        self._lines.append((case_id, entry))

    @override
    async def lock_routing(self, case_id: UUID) -> RoutingView | None:
        if case_id not in self._views:
            await self.load_routing([case_id])
        return self._views[case_id]

    @override
    async def set_routing(self, case_id: UUID, view: RoutingView, entry: Entry) -> None:
        self._views[case_id] = view
        self._changes[case_id] = self._changes.get(case_id, 0) + 1
        self._lines.append((case_id, entry))

    async def flush(self) -> None:
        connection, tenant = self._connection, self._work.tenant
        opened = [held.case for held in self._held.values() if held.is_new]
        if opened:
            await connection.execute(_OPEN, tenant, *columns(map(_opened_row, opened)))
        changed = [(tenant, *change_row(held.case)) for held in self._held.values() if held.is_changed]
        if changed:
            await connection.executemany(CHANGE, changed)
        await self._flush_lines()
        for held in self._held.values():
            held.messages, held.commands, held.is_new, held.is_changed = 0, 0, False, False
        self._changes = {}

    async def _flush_lines(self) -> None:
        """With the counts of the cases, which messages raise too, and where their work stands: one update of a case, not two."""
        told = {case_id for case_id, _ in self._lines}
        routed = told & self._changes.keys()
        await self._file_lines(_ROUTED, routed, self._routed_row)
        await self._file_lines(_LINES, told - routed, self._counts)
        self._lines = []

    async def _file_lines(self, sql: str, case_ids: set[UUID], row: Callable[[UUID], tuple[object, ...]]) -> None:
        if not case_ids:
            return
        lines = columns(
            (case_id, each.event_id, each.type, each.data, each.at)
            for case_id, each in self._lines
            if case_id in case_ids
        )
        await self._connection.execute(sql, self._work.tenant, *lines, *columns(map(row, case_ids)))

    def _counts(self, case_id: UUID) -> tuple[object, ...]:
        held = self._held.get(case_id)
        messages, commands = (held.messages, held.commands) if held is not None else (0, 0)
        return case_id, messages, commands, messages + self._changes.get(case_id, 0)

    def _routed_row(self, case_id: UUID) -> tuple[object, ...]:
        return *self._counts(case_id), *_routing_row(self._views[case_id] or RoutingView())

    def forget(self) -> None:
        self._held, self._current, self._views, self._filed = {}, {}, {}, {}

    _change_now = settling(PostgresCases.change)
    _file_now = settling(PostgresCases.file)
    customer_of = settling(PostgresCases.customer_of)
    answered = settling(PostgresCases.answered)
    lock = settling(PostgresCases.lock)
    lock_asked = settling(PostgresCases.lock_asked)
    last_agent_of = settling(PostgresCases.last_agent_of)
    open_cases_of = settling(PostgresCases.open_cases_of)
    move_resolved = settling(PostgresCases.move_resolved)
    concerns = settling(PostgresCases.concerns)
    is_filed = settling(PostgresCases.is_filed)


def _opened_row(case: Case) -> tuple[object, ...]:
    return case.id, case.customer_id, case.status.value, case.opened_at, case.work_requested


def _routing_row(view: RoutingView) -> tuple[object, ...]:
    return (
        view.work_state,
        view.queue,
        view.work_priority,
        view.agent_id,
        view.last_agent_id,
        view.offered_to,
        view.routed_at,
        CLOCKS.dump_json(dict(view.sla)).decode(),
    )
