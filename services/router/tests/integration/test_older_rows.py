"""Rows that were stored before a migration say afterwards what they said; they are as that revision wrote them."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from router.adapters.postgres_reader import PostgresReader
from router.adapters.postgres_store import PostgresStore
from router.domain.records import agent_record, work_record
from router.settings import MIGRATIONS, SCHEMA
from runtime.migrate import migrate
from runtime.postgres import SYSTEM_TENANT, connect
from runtime.unit_of_work import UnitOfWork

pytestmark = pytest.mark.integration
WAITING, DONE = UUID(int=1), UUID(int=2)
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
AT_MS = 1_795_253_400_000

CLOCK = {
    "metric": "first_response",
    "policy": "gold",
    "policy_revision": 3,
    "calendar": "tokyo",
    "calendar_revision": 2,
    "target_ms": 900_000,
    "started_at": AT_MS,
    "status": "running",
    "due_at": AT_MS + 900_000,
    "remaining_ms": None,
    "warns_left": [[180_000, "80%"]],
    "warn_at": AT_MS + 720_000,
    "version": 1,
    "warned": ["50%"],
    "breached_at": None,
    "ended_at": None,
    "late": False,
}
UNSAID = ("remaining_ms", "breached_at", "ended_at", "late")  # by today's rows, where it is as usual
WAITS: dict[str, Any] = {
    "case_id": str(WAITING),
    "state": "queued",
    "queue": "main",
    "channel": "line",
    "channel_class": "messaging",
    "units": 1,
    "priority": 3,
    "skills": [["japanese", 4]],
    "requested_at": AT_MS,
    "aged_from": AT_MS,
    "queued_at": AT_MS,
    "relaxing_since": AT_MS,
    "sla_policy": "gold",
    "clocks": {"first_response": CLOCK},
    "attributes": {"message": {"text": "配送はいつですか"}, "case": {"tags": ["vip"]}},
    "explanation": {"sentence": "Rule 'line' chose queue 'main'.", "rules": [["line", "matched", None]]},
    "steps": [{"skills": [["japanese", 4]], "until_ms": 60_000}, {"skills": []}],
}
ENDED: dict[str, Any] = {
    **{name: value for name, value in WAITS.items() if name not in ("clocks", "steps", "sla_policy", "relaxing_since")},
    "case_id": str(DONE),
    "state": "done",
    "attributes": {},
    "closed_at": AT_MS + 1_000,
    "close_reason": "resolved",
}
AGENT: dict[str, Any] = {
    "agent_id": "aiko",
    "name": "愛子",
    "queues": ["main"],
    "skills": {"japanese": 9},
    "capacity": {"messaging": 3},
    "idle_since": AT_MS + 5,
    "presence": "available",
    "presence_name": "available",
    "presence_by_class": {},
    "presence_facts": {},
    "presence_source": "agent",
    "presence_since": AT_MS,
    "last_offered_at": AT_MS + 4,
    "lease_until": None,
    "lost_at": None,
}


def as_of(revision: str, folder: Path) -> Path:
    """The migrations up to this one."""
    for file in MIGRATIONS.glob("[0-9]*.sql"):
        if file.name[: len(revision)] <= revision:
            shutil.copy(file, folder)
    return folder


async def store_work(connection: asyncpg.Connection, tenant: str, record: dict[str, Any]) -> None:
    closed_at = AT if record["state"] == "done" else None
    sql = """INSERT INTO work_item (tenant_id, case_id, state, queue, queued_at, closed_at, record)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"""
    facts = (UUID(record["case_id"]), record["state"], record["queue"], AT, closed_at, json.dumps(record))
    await connection.execute(sql, tenant, *facts)


async def store_decisions(connection: asyncpg.Connection, tenant: str, case_id: UUID, *kinds: str) -> None:
    sql = "INSERT INTO decision (tenant_id, case_id, event_id, type, detail, at) VALUES ($1, $2, $3, $4, $5, $6)"
    for number, kind in enumerate(kinds):
        detail = json.dumps({"case_id": str(case_id), "at": AT_MS + number, "queue": f"{tenant}-queue"})
        at = AT.replace(microsecond=1_000 * number)
        await connection.execute(sql, tenant, case_id, UUID(int=100 + number), kind, detail, at)


async def store_older_rows(owner: str) -> None:
    connection = await asyncpg.connect(owner, server_settings={"search_path": SCHEMA, "app.tenant": "*"})
    try:
        for tenant in ("acme", "other"):
            await connection.execute("INSERT INTO routing_group VALUES ($1, $1, 0, 1)", tenant)
            await store_work(connection, tenant, WAITS)
        await store_work(connection, "acme", ENDED)
        await store_decisions(connection, "acme", WAITING, "WorkQueued", "WorkRelaxed")
        await store_decisions(connection, "acme", DONE, "WorkDone")
        await store_decisions(connection, "other", WAITING, "WorkQueued")
        sql = "INSERT INTO agent VALUES ('acme', 'aiko', 'available', ARRAY['main'], $1)"
        await connection.execute(sql, json.dumps(AGENT))
    finally:
        await connection.close()


async def test_work_agents_and_decisions_stored_before_they_were_split_are_read_as_they_were(
    postgres, tmp_path
) -> None:
    await migrate(postgres.owner, SCHEMA, as_of("0005", tmp_path))
    await store_older_rows(postgres.owner)
    assert (await migrate(postgres.owner, SCHEMA, MIGRATIONS))[:2] == ["0006_clocks_apart", "0007_history_in_packs"]
    async with connect(postgres.app, schema=SCHEMA, application_name="test") as database:
        async with database.system.acquire() as connection, connection.transaction():
            work = UnitOfWork(connection, tenant=SYSTEM_TENANT, now=AT, source="router", lane="test")
            stored = await PostgresStore(work).group("acme")
        assert stored is not None
        said = {name: value for name, value in CLOCK.items() if name not in UNSAID}
        assert work_record(stored.state.work[str(WAITING)]) == WAITS | {"clocks": {"first_response": said}}
        assert list(stored.state.work) == [str(WAITING)]
        assert list(stored.state.closed) == [str(DONE)]
        assert agent_record(stored.state.agents["aiko"]) == AGENT
        async with database.tenants.acquire() as connection, connection.transaction():
            await connection.execute("SELECT set_config('app.tenant', 'acme', true)")
            reader = PostgresReader(connection, "acme")
            ended = await reader.work(DONE)
            told = {case_id: await reader.decisions(case_id) for case_id in (WAITING, DONE)}
    assert ended is not None
    assert work_record(ended) == ENDED
    assert [each.type for each in told[WAITING]] == ["WorkQueued", "WorkRelaxed"]
    assert [each.event_id for each in told[WAITING]] == [UUID(int=100), UUID(int=101)]
    assert told[WAITING][1].detail == {"case_id": str(WAITING), "at": "2026-11-21T09:30:00.001Z", "queue": "acme-queue"}
    assert [each.type for each in told[DONE]] == ["WorkDone"]


async def test_clocks_stored_within_the_record_are_apart_from_it_afterwards(postgres, tmp_path) -> None:
    await migrate(postgres.owner, SCHEMA, as_of("0005", tmp_path))
    await store_older_rows(postgres.owner)
    assert await migrate(postgres.owner, SCHEMA, as_of("0006", tmp_path)) == ["0006_clocks_apart"]
    connection = await asyncpg.connect(postgres.owner, server_settings={"search_path": SCHEMA, "app.tenant": "*"})
    try:
        rows = await connection.fetch("SELECT * FROM work_item WHERE tenant_id = 'acme' ORDER BY case_id")
    finally:
        await connection.close()
    assert [json.loads(row["clocks"]) for row in rows] == [WAITS["clocks"], {}]
    assert json.loads(rows[0]["record"]) == {name: value for name, value in WAITS.items() if name != "clocks"}
    assert json.loads(rows[1]["record"]) == ENDED
