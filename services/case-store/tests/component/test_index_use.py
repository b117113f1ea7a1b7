"""With realistic tables, no request and no event makes Postgres read a whole table."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from case_store.wiring import bot_clock_for_tests
from contracts.inbound import MessageEdited, ReactionReceived, ReceiptReceived
from contracts.outbound import SendAccepted, SendMethod
from contracts.routing import CallbackPromised, WorkAssigned
from contracts.sla import SlaActionKind, SlaActionTaken
from contracts.values import Content, ContentKind, MessageStatus
from runtime.ids import SystemIds

pytestmark = pytest.mark.integration

# Row n of each table has the id n, written as a UUID; every tenth case is open.
FILL = """
SET search_path = case_store;
CREATE FUNCTION pg_temp.id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT lpad(to_hex(n), 32, '0')::uuid $$;
INSERT INTO customer (tenant_id, id, kind, created_at) SELECT 'acme', pg_temp.id(n), 'person', now() FROM generate_series(1, 4000) n;
INSERT INTO contact_point (tenant_id, id, customer_id, channel, account, address_kind, address, state_at, created_at)
    SELECT 'acme', pg_temp.id(n), pg_temp.id(n), 'line', 'line-main', 'line_user', 'X' || n, now(), now() FROM generate_series(1, 4000) n;
INSERT INTO conversation (tenant_id, id, contact_point_id, channel, account, conversation_key, last_inbound_at, last_received_at)
    SELECT 'acme', pg_temp.id(n), pg_temp.id(n), 'line', 'line-main', 'X' || n, now(), now() FROM generate_series(1, 4000) n;
INSERT INTO customer_case (tenant_id, id, customer_id, status, opened_at, resolved_at, last_seq, agent_id)
    SELECT 'acme', pg_temp.id(n), pg_temp.id(n), CASE WHEN n % 10 = 0 THEN 'open' ELSE 'resolved' END, now(),
           CASE WHEN n % 10 > 0 THEN now() END, 5, 'agent-' || n % 100 FROM generate_series(1, 4000) n;
INSERT INTO message (tenant_id, id, case_id, seq, event_id, conversation_id, channel, account, direction, author_kind, author_id,
                     content, occurred_at, added_at)
    SELECT 'acme', pg_temp.id(n * 10 + s), pg_temp.id(n), s, pg_temp.id(n * 10 + s), pg_temp.id(n), 'line', 'line-main', 'in',
           'customer', 'c', '{"kind": "text", "text": "a"}', now(), now() FROM generate_series(1, 4000) n, generate_series(1, 5) s;
INSERT INTO timeline_entry (tenant_id, case_id, position, event_id, type, data, at)
    SELECT 'acme', pg_temp.id(n), s, pg_temp.id(n * 10 + s), 'X', '{}', now() FROM generate_series(1, 4000) n, generate_series(1, 5) s;
UPDATE customer_case SET last_entry = 5;
INSERT INTO provider_message (tenant_id, account, provider_message_id, message_id)
    SELECT 'acme', 'line-main', 'p' || n, pg_temp.id(n * 10 + 1) FROM generate_series(1, 4000) n;
INSERT INTO reaction SELECT 'acme', pg_temp.id(n * 10 + 1), 'x', 'y', now() FROM generate_series(1, 4000) n;
INSERT INTO parked_receipt SELECT 'acme', pg_temp.id(n), 'line-main', 'q' || n, 'ReceiptReceived', '{}', now(), now()
    FROM generate_series(1, 4000) n;
INSERT INTO parked_amendment SELECT 'acme', pg_temp.id(n), 'line-main', 'q' || n, 'MessageUnsent', '{}', now(), now()
    FROM generate_series(1, 4000) n;
INSERT INTO case_handling (tenant_id, case_id, bot_id, state, version, since, reason, failures, had_people, disclosed, unanswered_since,
                           lease_until)
    SELECT 'acme', pg_temp.id(n), 'faq-' || n % 100, CASE WHEN n % 10 = 0 THEN 'bot' ELSE 'closed' END, 3, now(), 'began', 0, false, '[]',
           CASE WHEN n % 10 = 0 THEN now() END, CASE WHEN n % 10 = 0 THEN now() + interval '1 hour' END FROM generate_series(1, 4000) n;
ANALYZE;
"""
OURS = """
SELECT relname, seq_scan FROM pg_stat_user_tables WHERE schemaname = 'case_store' AND relname = ANY($1::text[])
"""
TABLES = [
    "customer",
    "contact_point",
    "conversation",
    "customer_case",
    "message",
    "timeline_entry",
    "provider_message",
    "reaction",
    "parked_receipt",
    "parked_amendment",
    "case_handling",
]


async def everything_once(house) -> None:
    message = house.line_message("X20")
    shared = {
        name: getattr(message, name)
        for name in ("channel", "account", "conversation", "provider_event_id", "occurred_at", "received_at")
    }
    case_id = await house.open_case(message)
    await house.deliver(message, house.line_message("X30"))
    await house.deliver(house.line_message("new"))
    reply = (await house.reply(case_id)).json()
    await house.deliver(
        SendAccepted(
            message_id=UUID(reply["message_id"]),
            case_id=case_id,
            conversation_id=UUID(reply["conversation_id"]),
            channel="line",
            account="line-main",
            method=SendMethod.PUSH,
            provider_message_ids=("new-1",),
            attempts=1,
            accepted_at=datetime.now(UTC),
        )
    )
    for name in ("new-1", "p40", "unknown"):
        await house.deliver(ReceiptReceived(provider_message_id=name, status=MessageStatus.READ, **shared))
    sender: dict[str, Any] = {"contact": message.contact, "provider_message_id": "p50", **shared}
    await house.deliver(
        MessageEdited(content=Content(kind=ContentKind.TEXT, text="b"), **sender),
        ReactionReceived(emoji="👍", **sender),
    )
    assigned = WorkAssigned(
        case_id=case_id, assignment_id=uuid4(), agent_id="aiko", queue="main", assigned_at=datetime.now(UTC)
    )
    await house.deliver(assigned)
    await the_router_acts(house, case_id)
    customer_id = await house.customer_of("line-main", "X20")
    await house.link(customer_id, "+8190")
    line = {"channel": "line", "account": "line-main", "merge": True, "address": {"kind": "line_user", "value": "X60"}}
    assert (await house.api.post(f"/v1/customers/{customer_id}/contact-points", json=line)).status_code == 201
    await people_act(house, case_id, await house.open_case(house.line_message("X90")))
    for path in (
        "/v1/cases",
        "/v1/cases?paused=on_hold",
        f"/v1/cases?customer_id={customer_id}",
        "/v1/cases?agent_id=agent-7",
        "/v1/cases?status=open",
        f"/v1/cases/{case_id}",
        f"/v1/cases/{case_id}/messages",
        f"/v1/cases/{case_id}/timeline",
        f"/v1/messages/{reply['message_id']}",
        f"/v1/customers/{customer_id}",
        f"/v1/customers/{customer_id}/contact-points",
        "/v1/contact-points?account=line-main&address=X70",
    ):
        assert (await house.api.get(path)).status_code == 200, path
    for command in ("resolve", "reopen"):
        assert (await house.api.post(f"/v1/cases/{case_id}/{command}")).status_code == 200
    await a_bot_acts(house)


async def a_bot_acts(house) -> None:
    house.configs.accept(
        house.tenant_config("acme", revision=3, bots=({"id": "faq", "name": "FAQ", "channels": ("line",)},))
    )
    case_id = await house.open_case(house.line_message("B1"))
    bot = {"x-scopes": "bots:act bot:faq", "idempotency-key": "b1"}
    (turn,) = (await house.api.get("/v1/bots/faq/turns", headers=bot)).json()["items"]
    reply = {"version": turn["version"], "text": "はい"}
    answers = [
        await house.api.post(f"/v1/cases/{case_id}/bot/replies", json=reply, headers=bot),
        await house.api.get(f"/v1/cases/{case_id}/bot", headers=bot),
        await house.api.post(f"/v1/cases/{case_id}/bot/handover", json={}, headers=bot),
        await house.api.get(f"/v1/cases/{case_id}/handling"),
        await house.api.get("/v1/cases?handling=queued"),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200]
    assert await bot_clock_for_tests(house.configs, SystemIds(), house.transactions).round() == 0


async def the_router_acts(house, case_id: UUID) -> None:
    now = datetime.now(UTC)
    texts = {"later": {"en": "Later."}}
    house.configs.accept(house.tenant_config("acme", revision=2, texts=texts))
    promise = CallbackPromised(case_id=case_id, queue="main", message="later", why="waited", promised_at=now)
    stated: dict[str, Any] = {"metric": "resolution", "policy": "gold", "policy_revision": 1, "trigger": "breach"}
    kinds = {SlaActionKind.TAG: "late", SlaActionKind.WEBHOOK: "pager", SlaActionKind.NOTIFY_SUPERVISOR: "lead"}
    actions = [SlaActionTaken(case_id=case_id, action=kind, value=kinds[kind], at=now, **stated) for kind in kinds]
    await house.deliver(promise, *actions)


async def people_act(house, case_id: UUID, other: UUID) -> None:
    answers = [
        await house.api.patch(f"/v1/cases/{case_id}", json={"tags": ["vip"]}),
        await house.api.post(f"/v1/cases/{case_id}/pause", json={"reason": "on_hold"}),
        await house.api.post(
            f"/v1/cases/{case_id}/notes", json={"text": "a"}, headers={"idempotency-key": uuid4().hex}
        ),
        await house.api.post(f"/v1/cases/{other}/merge", json={"into": str(case_id), "merge_customers": True}),
        await house.api.post(f"/v1/cases/{case_id}/resume"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 201, 200, 200]


async def test_no_statement_reads_a_whole_table(house, postgres) -> None:
    owner = await asyncpg.connect(postgres.owner)
    try:
        await owner.execute(FILL)
        await owner.execute("SELECT pg_stat_force_next_flush()")
        before = {row["relname"]: row["seq_scan"] for row in await owner.fetch(OURS, TABLES)}
        await everything_once(house)
        await house.database.tenants.close()
        await house.database.system.close()
        await _all_gone(owner)
        after = {row["relname"]: row["seq_scan"] for row in await owner.fetch(OURS, TABLES)}
    finally:
        await owner.close()
    assert {table: after[table] - before[table] for table in TABLES if after[table] != before[table]} == {}


async def _all_gone(owner: asyncpg.Connection) -> None:
    """A connection's counters are in the table when its process has ended."""
    async with asyncio.timeout(10):
        while await owner.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'madoguchi_app'"
        ):
            await asyncio.sleep(0.02)
        await owner.execute("SELECT pg_stat_clear_snapshot()")
