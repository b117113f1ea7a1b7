"""Work handed on and heartbeats lost, on the real broker and database."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import routing, sla
from contracts.config import Absence, Agent

pytestmark = pytest.mark.integration


async def test_a_transfer_keeps_the_sla_clocks(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.command(house.work_requested(case_id))
        offer = await house.events.first(routing.WorkOffered, case_id)
        accepted = await house.ask("POST", f"/v1/offers/{offer.offer_id}/accept", agent="aiko")
        timers = await house.fetch("SELECT metric, kind, due_at, version FROM sla_timer ORDER BY 1, 2")
        moved = await house.ask(
            "POST", f"/v1/work/{case_id}/transfer", agent="aiko", json={"to_queue": "shelf", "note": "for the shelf"}
        )
        assert (moved.status_code, moved.json()["queue"], moved.json()["state"]) == (200, "shelf", "queued")
        proof = (await house.ask("GET", f"/v1/cases/{case_id}/sla/proof")).json()
    assert moved.json()["sla"] == accepted.json()["sla"]
    assert moved.json()["queued_at"] >= accepted.json()["queued_at"]
    assert timers == await house.fetch("SELECT metric, kind, due_at, version FROM sla_timer ORDER BY 1, 2")
    assert [row["kind"] for row in timers] == ["breach", "warn"]
    assert proof["agrees"] is True
    told = await house.events.first(routing.WorkTransferred, case_id)
    assert (told.by, told.queue, told.note) == ("aiko", "shelf", "for the shelf")
    assert len(await house.events.of(sla.SlaApplied, case_id)) == 1
    sql = "SELECT end_reason FROM assignment WHERE case_id = $1"
    assert await house.value(sql, case_id) == "transferred"


async def test_force_assign_over_capacity_is_audited(house) -> None:
    agents = (Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 1}),)
    house.configs.accept(house.tenant_config(house.tenant, 2, agents=agents))
    first, second = uuid4(), uuid4()
    async with house.running():
        await house.presence("aiko")
        await house.command(house.work_requested(first), house.work_requested(second))
        await house.events.first(routing.WorkOffered)
        await house.events.first(routing.WorkQueued, second)
        for case_id in (first, second):
            body = {"agent_id": "aiko", "reason": "both are hers"}
            forced = await house.ask("POST", f"/v1/work/{case_id}/force-assign", json=body)
            assert (forced.status_code, forced.json()["agent_id"]) == (200, "aiko")
        agent = (await house.ask("GET", "/v1/agents/aiko")).json()
        explained = (await house.ask("GET", f"/v1/work/{second}/explain")).json()
    assert (agent["load"], agent["capacity"]) == ({"messaging": 2}, {"messaging": 1})
    told = await house.events.first(routing.WorkForced, second)
    assert (told.agent_id, told.by, told.reason, told.over) == ("aiko", "user-1", "both are hers", {"messaging": 1})
    (audit,) = [each["detail"] for each in explained["decisions"] if each["type"] == "WorkForced"]
    assert (audit["by"], audit["over"]) == ("user-1", {"messaging": 1})


async def test_a_lost_heartbeat_leads_to_offline_after_the_grace_even_by_the_next_owner(house) -> None:
    absence = Absence(grace=timedelta(seconds=1))
    house.configs.accept(house.tenant_config(house.tenant, 2, absence=absence))
    async with house.running():
        await house.presence("aiko")
        beaten = await house.ask("PUT", "/v1/agents/aiko/heartbeat", agent="aiko", json={"lease_seconds": 0.3})
        assert beaten.status_code == 200
        lost = await house.events.first(routing.HeartbeatLost)
    async with house.running(house.another_process()):

        async def offline() -> list[routing.PresenceChanged]:
            changes = await house.events.of(routing.PresenceChanged)
            return [change for change in changes if change.presence is routing.Presence.OFFLINE]

        (gone,) = await house.until(offline)
        shown = (await house.ask("GET", "/v1/agents/aiko")).json()
    assert (gone.agent_id, gone.source) == ("aiko", "heartbeat_lost")
    assert gone.changed_at >= lost.offline_at
    assert (shown["presence"], shown["presence_source"]) == ("offline", "heartbeat_lost")
