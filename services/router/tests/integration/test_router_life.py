"""Commands in, decisions out, across restarts and by time, on the real broker and database."""

from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from contracts import routing, sla
from contracts.config import Agent, RoutingRule
from contracts.envelope import Envelope
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT
from runtime.unit_of_work import UnitOfWork

pytestmark = pytest.mark.integration


async def test_a_command_becomes_events_rows_and_timers(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        (command_id,) = await house.command(house.work_requested(case_id))
        offer = await house.events.first(routing.WorkOffered, case_id)
    assert offer.agent_id == "aiko"
    queued = [e for e in house.events.envelopes if isinstance(e.data, routing.WorkQueued)]
    assert [envelope.causation_id for envelope in queued] == [command_id]
    assert (queued[0].source, queued[0].data.queue) == ("router", "main")
    assert await house.value("SELECT state FROM work_item WHERE case_id = $1", case_id) == "offered"
    assert await house.value("SELECT outcome FROM offer WHERE id = $1", offer.offer_id) == "open"
    assert [row[0] for row in await house.fetch("SELECT kind FROM sla_timer ORDER BY kind")] == ["breach", "warn"]
    explained = (await house.ask("GET", f"/v1/work/{case_id}/explain")).json()
    assert [each["type"] for each in explained["decisions"]] == ["WorkQueued", "WorkOffered"]


async def test_the_next_owner_has_the_same_state_and_goes_on(house) -> None:
    await house.presence("aiko")
    await house.command(*(house.work_requested(uuid4()) for _ in range(6)))
    async with house.running():
        await house.until(lambda: house.events.of(routing.WorkOffered))
        await house.until(lambda: house.fetch("SELECT FROM work_item OFFSET 5"))
        before = await house.parts.live.ask(house.tenant, lambda engine, _: engine.state_hash())
    assert before is not None
    assert not house.parts.live.owns(house.tenant), "a stopped owner answers nobody"
    successor = house.another_process()
    async with house.running(successor):
        await house.until(lambda: successor.live.ask(house.tenant, lambda engine, _: True))
        assert await successor.live.ask(house.tenant, lambda engine, _: engine.state_hash()) == before
        case_id = (await house.fetch("SELECT case_id FROM work_item WHERE state = 'offered' ORDER BY 1"))[0][0]
        offer_id = await house.value("SELECT id FROM offer WHERE case_id = $1", case_id)
        await house.command(routing.AcceptOffer(case_id=case_id, offer_id=offer_id, agent_id="aiko"))
        await house.events.first(routing.WorkAssigned, case_id)


async def test_an_offer_expires_once_and_the_work_waits_again(house) -> None:
    agents = (Agent(id="aiko", name="愛子", queues=("hasty",), capacity={"messaging": 1}),)
    rules = (RoutingRule(id="all", when="true", queue="hasty"),)
    house.configs.accept(house.tenant_config(house.tenant, 2, agents=agents, rules=rules))
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.command(house.work_requested(case_id))
        offer = await house.events.first(routing.WorkOffered, case_id)

        async def three_ends() -> bool:
            return len(await house.events.of(routing.OfferEnded, case_id)) == 3

        await house.until(three_ends)
    ends = await house.events.of(routing.OfferEnded, case_id)
    assert len({end.offer_id for end in ends}) == 3
    assert all(end.how is routing.OfferEnd.TIMED_OUT for end in ends)
    assert ends[0].ended_at >= offer.expires_at
    assert (ends[0].ended_at - offer.expires_at).total_seconds() < 1
    assert await house.value("SELECT state FROM work_item WHERE case_id = $1", case_id) == "queued"
    assert await house.value("SELECT count(*) FROM offer WHERE outcome = 'timed_out'") == 3


async def test_an_offer_made_before_a_restart_expires_after_it(house) -> None:
    agents = (Agent(id="aiko", name="愛子", queues=("hasty",), capacity={"messaging": 1}),)
    rules = (RoutingRule(id="all", when="true", queue="hasty"),)
    house.configs.accept(house.tenant_config(house.tenant, 2, agents=agents, rules=rules))
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.command(house.work_requested(case_id))
        offer = await house.events.first(routing.WorkOffered, case_id)
    async with house.running(house.another_process()):
        ended = await house.events.first(routing.OfferEnded, case_id)
    assert ended.offer_id == offer.offer_id
    assert ended.ended_at >= offer.expires_at


async def test_an_sla_warns_and_breaches_once_and_never_early_and_its_ledger_proves_it(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.command(house.work_requested(case_id, "hurry"))
        breached = await house.events.first(sla.SlaBreached, case_id)
        warned = await house.events.first(sla.SlaWarned, case_id)
        answer = await house.ask("GET", f"/v1/cases/{case_id}/sla/proof")
    applied = await house.events.first(sla.SlaApplied, case_id)
    assert (warned.at - applied.at).total_seconds() >= 0.3
    assert breached.at >= applied.due_at
    assert (breached.at - applied.due_at).total_seconds() < 1
    assert len(await house.events.of(sla.SlaWarned, case_id)) == 1
    assert len(await house.events.of(sla.SlaBreached, case_id)) == 1
    proof = answer.json()
    assert [entry["type"] for entry in proof["ledger"]] == ["SlaApplied", "SlaWarned", "SlaBreached"]
    assert proof["agrees"] is True
    assert proof["replayed"][0]["breached_at"] is not None
    assert await house.fetch("SELECT FROM sla_timer WHERE case_id = $1", case_id) == []


async def test_timers_that_came_due_while_nobody_owned_them_fire_at_takeover(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.command(house.work_requested(case_id, "hurry"))
        await house.events.first(sla.SlaApplied, case_id)
        due = await house.value("SELECT max(due_at) FROM sla_timer WHERE case_id = $1", case_id)

    async def overdue() -> bool:
        return datetime.now(UTC) > due

    await house.until(overdue)
    async with house.running(house.another_process()):
        await house.events.first(sla.SlaBreached, case_id)
    assert len(await house.events.of(sla.SlaBreached, case_id)) == 1


async def test_two_accepts_at_once_leave_one_active_assignment(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.presence("ken")
        await house.command(house.work_requested(case_id))
        offer = await house.events.first(routing.WorkOffered, case_id)
        accepts = [
            routing.AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id=agent)
            for agent in ("aiko", "ken", "aiko")
        ]
        ids = await house.command(*accepts)
        await house.until(lambda: house.fetch("SELECT FROM command_result WHERE command_id = $1", ids[2]))
    rows = await house.fetch(
        "SELECT outcome->>'code' FROM command_result WHERE command_id = ANY($1) ORDER BY array_position($1, command_id)",
        ids,
    )
    other = ["done", "offer_not_yours", "offer_already_accepted"]
    assert [row[0] for row in rows] == (other if offer.agent_id == "aiko" else ["offer_not_yours", "done", other[1]])
    assert await house.value("SELECT count(*) FROM assignment WHERE case_id = $1 AND ended_at IS NULL", case_id) == 1


async def test_the_store_refuses_a_second_active_assignment(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.command(house.work_requested(case_id))
        offer = await house.events.first(routing.WorkOffered, case_id)
        await house.command(routing.AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id=offer.agent_id))
        await house.events.first(routing.WorkAssigned, case_id)
    insert = """INSERT INTO assignment (tenant_id, id, case_id, agent_id, queue, started_at)
                VALUES ($1, $2, $3, 'ken', 'main', now())"""
    async with house.transactions.begin(house.tenant) as work:
        with pytest.raises(asyncpg.UniqueViolationError):
            await work.connection.execute(insert, house.tenant, uuid4(), case_id)
            raise AssertionError("the store took a second assignment")


async def test_what_a_killed_owner_committed_is_published_by_the_next(house) -> None:
    """Killed between commit and publish: the rows are in the outbox of the partition's lane, and nowhere else."""
    case_id = uuid4()
    partition = 0
    owner = house.parts.subscription.processors(partition)
    lane = f"router.commands/routing.commands/{partition}"
    envelope = Envelope(uuid4(), house.tenant, "test", datetime.now(UTC), house.work_requested(case_id))
    async with house.database.system.acquire() as connection, connection.transaction():
        now = await connection.fetchval("SELECT now()")
        work = UnitOfWork(connection, tenant=SYSTEM_TENANT, now=now, source="router", lane=lane)
        await owner.start(work)
        await owner.handle([Delivery(envelope, "routing.commands", partition, 0)], work)
        await work.write_outbox()
    assert await house.events.of(routing.WorkQueued, case_id) == []
    async with house.running(house.another_process()):
        await house.events.first(routing.WorkQueued, case_id)

        async def drained() -> bool:
            return not await house.database.system.fetchval("SELECT count(*) FROM outbox WHERE lane = $1", lane)

        await house.until(drained)
    assert len(await house.events.of(routing.WorkQueued, case_id)) == 1


async def test_a_repeated_command_has_one_effect(house) -> None:
    case_id, id = uuid4(), uuid4()
    command = house.work_requested(case_id)
    async with house.running():
        await house.command(command, command, ids=[id, id])
        await house.events.first(routing.WorkQueued, case_id)
        other = uuid4()
        await house.command(house.work_requested(other))
        await house.events.first(routing.WorkQueued, other)
    assert len(await house.events.of(routing.WorkQueued, case_id)) == 1


async def test_closed_work_wraps_up_and_a_late_command_learns_that_it_is_closed(house) -> None:
    rules = (RoutingRule(id="all", when="true", queue="shelf"),)
    agents = (Agent(id="aiko", name="愛子", queues=("shelf",), capacity={"messaging": 1}),)
    house.configs.accept(house.tenant_config(house.tenant, 2, agents=agents, rules=rules))
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.command(house.work_requested(case_id))
        await house.command(routing.PickWork(case_id=case_id, agent_id="aiko"))
        await house.events.first(routing.WorkAssigned, case_id)
        await house.command(house.work_closed(case_id))
        await house.events.first(routing.WrapUpStarted, case_id)
        ended = await house.ask("POST", f"/v1/work/{case_id}/wrap-up/end", agent="aiko")
        await house.events.first(routing.WorkDone, case_id)
    assert (ended.status_code, ended.json()["state"]) == (200, "done")
    assert await house.value("SELECT end_reason FROM assignment WHERE case_id = $1", case_id) == "resolved"
    async with house.running(house.another_process()):
        late = await house.ask("POST", f"/v1/work/{case_id}/pick", agent="aiko")
    assert (late.status_code, late.json()["code"]) == (409, "work_closed")


async def test_another_tenant_sees_no_row_of_any_table(house) -> None:
    async with house.running():
        await house.presence("aiko")
        case_id = uuid4()
        await house.command(house.work_requested(case_id))
        await house.events.first(routing.WorkOffered, case_id)
    tables = (
        "routing_group",
        "agent",
        "work_item",
        "offer",
        "sla_timer",
        "sla_ledger",
        "decision_pack",
        "command_result",
    )
    for table in tables:
        assert await house.value(f"SELECT count(*) FROM {table}") > 0, table
        async with house.transactions.read("somebody-else") as connection:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_reopened_work_goes_on_with_the_time_that_was_left_under_the_next_owner(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.command(house.work_requested(case_id))
        await house.events.first(sla.SlaApplied, case_id)
        await house.command(house.work_closed(case_id))
        ended = await house.events.first(sla.SlaFulfilled, case_id)
    asked = house.work_requested(case_id, text="The second parcel has not come either, where is it now?")
    again = asked.model_copy(update={"case": asked.case.model_copy(update={"reopened": True})})
    async with house.running(house.another_process()):
        await house.command(again)
        resumed = await house.until(lambda: _resumed(house, case_id))
        proof = (await house.ask("GET", f"/v1/cases/{case_id}/sla/proof")).json()
    assert (resumed.metric, resumed.remaining_ms) == (ended.metric, ended.remaining_ms)
    assert (proof["agrees"], [line["type"] for line in proof["ledger"]]) == (
        True,
        ["SlaApplied", "SlaFulfilled", "SlaApplied"],
    )


async def _resumed(house, case_id) -> sla.SlaApplied | None:
    return next((entry for entry in await house.events.of(sla.SlaApplied, case_id) if entry.resumed), None)
