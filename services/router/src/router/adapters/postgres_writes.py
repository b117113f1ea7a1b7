"""What a batch leaves: a handful of statements per group, however many commands there were."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import is_
from typing import Any, Final

import asyncpg

from router.adapters import rows
from router.adapters.columns import Statement, Table, bulk
from router.adapters.decision_packs import PACK, DecisionPacks
from router.adapters.early_commands import early_tables
from router.domain import events
from router.domain.model import Agent, OfferOutcome, TimerArmed, TimerCancelled, WorkItem, WorkState
from router.domain.records import agent_record, changing_record, facts_record
from router.handlers.instants import instant_text
from router.handlers.ports import CommandResult, Told, Writes

_GROUP: Final = """
INSERT INTO routing_group (tenant_id, name, partition, revision, parts, agents) VALUES ($1, $1, $2, $3, $4::text::jsonb, $5)
ON CONFLICT (tenant_id, name) DO UPDATE
SET partition = excluded.partition, revision = excluded.revision, parts = excluded.parts, agents = excluded.agents
"""
_WAITS: Final = (
    "UPDATE routing_group SET answered_waits = answered_waits || $2::text::jsonb WHERE tenant_id = $1 AND name = $1"
)
_SHARES: Final = "UPDATE routing_group SET shares = shares || $2::text::jsonb WHERE tenant_id = $1 AND name = $1"
_WORK: Final = """
INSERT INTO work_item (tenant_id, case_id, state, queue, agent_id, queued_at, closed_at, record, clocks, attributes, facts,
    traceparent, packs)
SELECT $1, case_id, state, queue, agent_id, queued_at, closed_at, record::json, clocks::json, attributes::json, facts::json,
    traceparent, CASE WHEN pack IS NULL THEN '{}' ELSE ARRAY[(CAST($14 AS bigint[]))[pack]] END
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[],
        $10::text[], $11::text[], $12::text[], $13::integer[])
    AS new (case_id, state, queue, agent_id, queued_at, closed_at, record, clocks, attributes, facts, traceparent, pack)
ON CONFLICT (tenant_id, case_id) DO UPDATE
SET state = excluded.state, queue = excluded.queue, agent_id = excluded.agent_id, queued_at = excluded.queued_at,
    closed_at = excluded.closed_at, record = excluded.record, clocks = excluded.clocks, traceparent = excluded.traceparent,
    attributes = excluded.attributes, facts = excluded.facts,
    packs = work_item.packs || excluded.packs
"""
WORK_MOVED: Final = """
UPDATE work_item
SET state = moved.state, queue = moved.queue, agent_id = moved.agent_id, queued_at = moved.queued_at,
    closed_at = moved.closed_at, record = moved.record::json, clocks = moved.clocks::json, traceparent = moved.traceparent,
    attributes = CASE moved.state WHEN 'done' THEN '{}' ELSE work_item.attributes END,
    packs = CASE WHEN pack IS NULL THEN packs ELSE packs || (CAST($12 AS bigint[]))[pack] END
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[], $9::text[],
        $10::text[], $11::integer[])
    AS moved (case_id, state, queue, agent_id, queued_at, closed_at, record, clocks, traceparent, pack)
WHERE work_item.tenant_id = $1 AND work_item.case_id = moved.case_id
"""
_TOLD: Final = """
UPDATE work_item SET packs = packs || (CAST($4 AS bigint[]))[pack] FROM unnest($2::uuid[], $3::integer[]) AS told (case_id, pack)
WHERE work_item.tenant_id = $1 AND work_item.case_id = told.case_id
"""
_CLOCKS: Final = """
UPDATE work_item SET clocks = moved.clocks::json FROM unnest($2::uuid[], $3::text[]) AS moved (case_id, clocks)
WHERE work_item.tenant_id = $1 AND work_item.case_id = moved.case_id
"""
_AGENTS: Final = """
INSERT INTO agent (tenant_id, id, presence, queues, record, idle_since, last_offered_at)
SELECT $1, id, presence, string_to_array(queues, E'\\x1f'), record::json, idle_since, last_offered_at
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
    AS new (id, presence, queues, record, idle_since, last_offered_at)
ON CONFLICT (tenant_id, id) DO UPDATE
SET presence = excluded.presence, queues = excluded.queues, record = excluded.record, idle_since = excluded.idle_since,
    last_offered_at = excluded.last_offered_at
"""
AGENTS_MOVED: Final = """
UPDATE agent SET idle_since = moved.idle_since, last_offered_at = moved.last_offered_at
FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS moved (id, idle_since, last_offered_at)
WHERE agent.tenant_id = $1 AND agent.id = moved.id
"""
_OFFERS_ENDED: Final = """
UPDATE offer SET outcome = ended.outcome, ended_at = ended.at, reason = ended.reason
FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[]) AS ended (id, outcome, at, reason)
WHERE offer.tenant_id = $1 AND offer.id = ended.id
"""
_OFFERS: Final = """
INSERT INTO offer (tenant_id, id, case_id, agent_id, queue, offered_at, expires_at, outcome, ended_at, reason)
SELECT $1, new.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
    $8::text[], $9::timestamptz[], $10::text[]) AS new
"""
ASSIGNMENTS_ENDED: Final = """
UPDATE assignment SET ended_at = ended.at, end_reason = ended.reason
FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[]) AS ended (id, case_id, at, reason)
WHERE assignment.tenant_id = $1 AND assignment.case_id = ended.case_id AND assignment.id = ended.id
"""
ASSIGNMENTS: Final = """
INSERT INTO assignment (tenant_id, id, case_id, agent_id, queue, offer_id, started_at, ended_at, end_reason)
SELECT $1, new.* FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
    $8::timestamptz[], $9::text[]) AS new
"""
_TIMERS_GONE: Final = """
DELETE FROM sla_timer USING unnest($2::uuid[], $3::text[], $4::text[]) AS gone (case_id, metric, kind)
WHERE sla_timer.tenant_id = $1
    AND (sla_timer.case_id, sla_timer.metric, sla_timer.kind) = (gone.case_id, gone.metric, gone.kind)
"""
_TIMERS_FIRED: Final = "DELETE FROM sla_timer WHERE sla_timer.tenant_id = $1 AND ctid = ANY($2::tid[])"
_TIMERS: Final = """
INSERT INTO sla_timer (tenant_id, case_id, metric, kind, due_at, version, traceparent)
SELECT $1, new.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::integer[], $7::text[]) AS new
ON CONFLICT (tenant_id, case_id, metric, kind) DO UPDATE
SET due_at = excluded.due_at, version = excluded.version, traceparent = excluded.traceparent
"""
_LEDGER: Final = """
INSERT INTO sla_ledger (tenant_id, case_id, event_id, type, entry, at)
SELECT $1, case_id, event_id, type, told::json, at
FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
    WITH ORDINALITY AS new (case_id, event_id, type, told, at, place) ORDER BY place
"""
_RESULTS: Final = """
INSERT INTO command_result (tenant_id, command_id, body_sha256, outcome, decided_at)
SELECT $1, command_id, body, outcome::json, $5 FROM unnest($2::uuid[], $3::bytea[], $4::text[])
    AS new (command_id, body, outcome)
"""


async def write_all(connection: asyncpg.Connection, tenant: str, now: datetime, writes: Writes) -> None:
    """The rows are made before the first statement: more may be decided while these are on their way."""
    packs, positions = DecisionPacks(writes.told), list[int]()
    statements = list(_statements(tenant, now, writes, packs.place_of, positions))
    if packs.place_of:
        positions += [row["position"] for row in await connection.fetch(PACK, tenant, *packs.columns)]
    for sql, arguments in statements:
        await connection.execute(sql, *arguments)


def _statements(
    tenant: str, now: datetime, writes: Writes, place_of: Mapping[str, int], positions: list[int]
) -> Iterator[Statement]:
    """`positions` of the packs are filled in before the first of these is sent."""
    yield from _group_statements(tenant, writes)
    yield from _work_statements(tenant, writes, place_of, positions)
    for sql, table in _tables(writes):
        if table:
            yield bulk(sql, tenant, table)
    if writes.results:
        columns = zip(*map(_result_row, writes.results), strict=True)
        yield _RESULTS, (tenant, *map(list, columns), now)


def _work_statements(
    tenant: str, writes: Writes, place_of: Mapping[str, int], positions: list[int]
) -> Iterator[Statement]:
    """Most work has its row, and its facts in it."""
    items, told = writes.changes.work_items, dict(place_of)
    whole: list[Sequence[str | None]] = []
    moved: list[Sequence[str | None]] = []
    for item in items:
        pack = told.pop(item.case_id, None)
        about = (writes.traces.get(item.case_id), None if pack is None else str(pack))
        facts = _facts(item)
        if facts is None:
            moved.append((*_work_row(item), *about))
        else:
            whole.append((*_work_row(item), *facts, *about))
    rest = [(case_id, str(pack)) for case_id, pack in told.items()]
    for sql, table in ((_WORK, whole), (WORK_MOVED, moved), (_TOLD, rest)):
        if table:
            sql, arguments = bulk(sql, tenant, table)
            yield sql, (*arguments, positions)


def _tables(writes: Writes) -> Iterator[tuple[str, Table]]:
    changes, told = writes.changes, [each.event for each in writes.told]
    yield _CLOCKS, [(item.case_id, rows.clocks_json(item)) for item in changes.clocks_moved]
    yield _AGENTS, [_agent_row(agent) for agent in changes.agents]
    yield AGENTS_MOVED, [_place_in_line(agent) for agent in changes.agents_moved]
    yield from _offer_tables(told)
    yield from _assignment_tables(told)
    yield _TIMERS_FIRED, [(row,) for row in writes.fired]
    yield _TIMERS_GONE, [_timer_key(timer) for timer in changes.timers_cancelled]
    yield _TIMERS, [(*_timer_row(timer), writes.traces.get(timer.case_id)) for timer in changes.timers_armed]
    yield from early_tables(changes)
    yield _LEDGER, [_ledger_row(each) for each in writes.told if isinstance(each.event, events.SlaEntry)]


def _group_statements(tenant: str, writes: Writes) -> Iterator[Statement]:
    row, changes = writes.row, writes.changes
    if row is not None:
        yield _GROUP, (tenant, writes.partition, row.revision, rows.parts_json(row.parts), sorted(row.agents))
    if changes.shares:
        yield _SHARES, (tenant, rows.as_json(changes.shares))
    if changes.answered_waits:
        yield _WAITS, (tenant, rows.as_json(changes.answered_waits))
    if changes.agents_removed:
        yield "DELETE FROM agent WHERE tenant_id = $1 AND id = ANY($2)", (tenant, changes.agents_removed)


def _offer_tables(told: Iterable[events.Event]) -> Iterator[tuple[str, Table]]:
    """Ends first: the store allows one open offer per case."""
    made: dict[str, events.WorkOffered] = {}
    ends: dict[str, tuple[str | None, ...]] = {}
    for event in told:
        match event:
            case events.WorkOffered():
                made[event.offer_id] = event
            case events.OfferEnded():
                ends[event.offer_id] = (event.how.value, instant_text(event.at), event.reason)
            case events.WorkAssigned(offer_id=str() as offer_id):
                ends[offer_id] = (OfferOutcome.ACCEPTED.value, instant_text(event.at), None)
    yield _OFFERS_ENDED, [(offer_id, *end) for offer_id, end in ends.items() if offer_id not in made]
    still_open = (OfferOutcome.OPEN.value, None, None)
    yield _OFFERS, [(*_offer_row(offer), *ends.get(offer_id, still_open)) for offer_id, offer in made.items()]


def _assignment_tables(told: Iterable[events.Event]) -> Iterator[tuple[str, Table]]:
    """Ends first: the store allows one active assignment per case."""
    made: dict[str, events.WorkAssigned] = {}
    ends: dict[str, tuple[str | None, ...]] = {}
    for event in told:
        match event:
            case events.WorkAssigned():
                made[event.assignment_id] = event
            case events.AssignmentEnded():
                ends[event.assignment_id] = (event.case_id, instant_text(event.at), event.reason)
    yield ASSIGNMENTS_ENDED, [(id, *end) for id, end in ends.items() if id not in made]
    still_active = ("", None, None)
    yield ASSIGNMENTS, [(*_assignment_row(each), *ends.get(id, still_active)[1:]) for id, each in made.items()]


def _work_row(item: WorkItem) -> tuple[str | None, ...]:
    return (
        item.case_id,
        str(item.state),
        item.queue,
        item.agent_id,
        instant_text(item.queued_at),
        instant_text(item.closed_at),
        rows.as_json(changing_record(item)),
        rows.clocks_json(item),
    )


def _facts(item: WorkItem) -> tuple[str, str] | None:
    """Attributes and facts, None when the row holds them. What the customer wrote is needed no longer when the work is done."""
    known, item.stored_facts = item.stored_facts, rows.facts_of(item)
    if known is not None and all(map(is_, known, item.stored_facts)):
        return None
    attributes = "{}" if item.state is WorkState.DONE else rows.as_json(item.attributes)
    return attributes, rows.as_json(facts_record(item))


def _agent_row(agent: Agent) -> tuple[str | None, ...]:
    record = rows.as_json(agent_record(agent))
    id, *line = _place_in_line(agent)
    return id, agent.presence.value, "\x1f".join(agent.queues), record, *line


def _place_in_line(agent: Agent) -> tuple[str | None, ...]:
    return agent.agent_id, str(agent.idle_since), str(agent.last_offered_at)


def _offer_row(offer: events.WorkOffered) -> tuple[str | None, ...]:
    return (
        offer.offer_id,
        offer.case_id,
        offer.agent_id,
        offer.queue,
        instant_text(offer.at),
        instant_text(offer.expires_at),
    )


def _assignment_row(made: events.WorkAssigned) -> tuple[str | None, ...]:
    return made.assignment_id, made.case_id, made.agent_id, made.queue, made.offer_id, instant_text(made.at)


def _timer_key(timer: TimerArmed | TimerCancelled) -> tuple[str | None, ...]:
    return timer.case_id, str(timer.metric), str(timer.kind)


def _timer_row(timer: TimerArmed) -> tuple[str | None, ...]:
    return (*_timer_key(timer), instant_text(timer.due_at), str(timer.version))


def _ledger_row(told: Told) -> tuple[str | None, ...]:
    entry: Any = told.event
    return entry.case_id, told.id, type(entry).__name__, rows.entry_json(entry), instant_text(entry.at)


def _result_row(result: CommandResult) -> tuple[object, ...]:
    return result.command_id, result.body_sha256, rows.outcome_json(result.outcome)
