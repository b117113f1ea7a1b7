"""Heartbeats, waits, queues and explanations over HTTP, by the owner's memory and without it."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import routing
from router.handlers import examples, queue_views


async def test_a_heartbeat_is_kept_and_its_loss_takes_the_grace_path(desk) -> None:
    await desk.present("aiko")
    beaten = await desk.ask("PUT", "/v1/agents/aiko/heartbeat", "aiko", json={"lease_seconds": 10})
    assert beaten.status_code == 200
    assert beaten.json()["lease_until"] == "2026-11-21T09:00:10.000Z"
    lost = await desk.room.pass_time(seconds=10)
    assert [type(event).__name__ for event in lost] == ["HeartbeatLost"]
    assert lost[0].offline_at == desk.room.now + timedelta(seconds=30)
    restored = await desk.ask("PUT", "/v1/agents/aiko/heartbeat", "aiko", json={"lease_seconds": 10})
    assert restored.json()["presence"] == "available"
    assert [type(event).__name__ for event in desk.told] == ["HeartbeatRestored"]
    await desk.room.pass_time(seconds=10)
    (gone,) = await desk.room.pass_time(seconds=30)
    assert (type(gone), gone.presence) == (routing.PresenceChanged, routing.Presence.OFFLINE)


@pytest.mark.parametrize("lease", [0, -1, 3_601, "30", None, 1e9])
async def test_a_lease_that_makes_no_sense_is_refused(desk, lease) -> None:
    await desk.present("aiko")
    answer = await desk.ask("PUT", "/v1/agents/aiko/heartbeat", "aiko", json={"lease_seconds": lease})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert desk.commands == []


async def test_a_heartbeat_is_ones_own(desk) -> None:
    await desk.present("aiko")
    others = await desk.ask("PUT", "/v1/agents/aiko/heartbeat", "ken", json={"lease_seconds": 10})
    unknown = await desk.ask("PUT", "/v1/agents/nobody/heartbeat", json={"lease_seconds": 10})
    assert (others.status_code, others.json()["code"]) == (403, "scope_missing")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_agent")


async def test_a_wait_says_that_no_agents_are_there_then_the_position(desk) -> None:
    case_id = await desk.queued()
    await desk.room.pass_time(seconds=5)
    alone = (await desk.ask("GET", f"/v1/work/{case_id}/wait")).json()
    assert (alone["live"], alone["state"], alone["waited_ms"]) == (True, "no_agents", 5_000)
    assert alone["estimated_wait_ms"] is None
    await desk.present("aiko")
    second = await desk.queued()
    await desk.room.pass_time(seconds=1)
    third = await desk.queued()
    waits = [(await desk.ask("GET", f"/v1/work/{each}/wait")).json() for each in (case_id, second, third)]
    assert [(wait["state"], wait["position"]) for wait in waits] == [
        ("not_waiting", None),
        ("waiting", 1),
        ("waiting", 2),
    ]
    unknown = await desk.ask("GET", f"/v1/work/{uuid4()}/wait")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_work")


async def test_an_estimate_is_shown_once_enough_waits_were_answered(desk) -> None:
    agents = (desk.room.tenant_config().agents[0].model_copy(update={"capacity": {"messaging": 50}}),)
    desk.room.feed.accept(desk.room.tenant_config(revision=3, agents=agents, rules=()))
    for _ in range(21):
        case_id = await desk.queued()
        await desk.room.pass_time(minutes=3)
        await desk.ask("PUT", "/v1/agents/aiko/presence", "aiko", json={"presence": "available"})
        forced = await desk.ask("POST", f"/v1/work/{case_id}/force-assign", json={"agent_id": "aiko"})
        assert forced.status_code == 200
        await desk.ask("PUT", "/v1/agents/aiko/presence", "aiko", json={"presence": "busy"})
    case_id = await desk.queued()
    wait = (await desk.ask("GET", f"/v1/work/{case_id}/wait")).json()
    assert (wait["state"], wait["estimated_wait_ms"]) == ("waiting", 180_000)
    main = (await desk.ask("GET", "/v1/queues")).json()["queues"][0]
    assert (main["queue"], main["last"]["1d"]["answered"]) == ("main", 21)
    assert main["last"]["15m"]["answered"] == 5, "one every three minutes"


async def test_queues_show_what_happens_in_them(desk) -> None:
    await desk.assigned()
    await desk.queued()
    abandoned = await desk.queued()
    await desk.room.deliver(desk.room.work_closed(abandoned))
    queues = (await desk.ask("GET", "/v1/queues")).json()
    assert queues["live"] is True
    main = queues["queues"][0]
    assert (main["queue"], main["waiting"], main["is_closed"], main["occupancy"]) == ("main", 1, False, 1.0)
    assert main["last"]["15m"] == {"answered": 1, "abandoned": 1, "offers_missed": 0, "service_level": 0.5}
    assert main["last"].keys() == {"15m", "1h", "1d"}
    await desk.room.pass_time(minutes=16)
    main = (await desk.ask("GET", "/v1/queues")).json()["queues"][0]
    assert main["last"]["15m"]["service_level"] is None
    assert main["last"]["1h"]["service_level"] == 0.5


async def test_an_explanation_tells_order_steps_wait_and_each_candidate(desk) -> None:
    await desk.assigned()
    case_id = await desk.queued()
    explained = (await desk.ask("GET", f"/v1/work/{case_id}/explain")).json()
    assert explained["live"] is True
    assert [(each["agent_id"], each["obstacle"], each["ring"]) for each in explained["candidates"]] == [
        ("aiko", "no_capacity", 0),
        ("ken", "absent", 0),
    ]
    assert explained["candidates"][0]["order"][0] == 0
    assert (explained["wait"]["position"], explained["wait"]["state"]) == (1, "waiting")
    assert explained["order"][-1] == str(case_id)
    assert {clock["metric"]: clock["remaining_ms"] for clock in explained["clocks"]} == {
        "first_response": 600_000,
        "resolution": 14_400_000,
    }
    await desk.ask("POST", f"/v1/work/{case_id}/transfer", json={"to_agent": "aiko"})
    explained = (await desk.ask("GET", f"/v1/work/{case_id}/explain")).json()
    assert [(step["agent_id"], step["holds"]) for step in explained["steps"]] == [("aiko", True), (None, False)]
    assert explained["steps"][0]["until"] is not None


async def test_without_the_owner_it_says_what_the_store_knows(desk) -> None:
    desk.owns = False
    case_id = await desk.queued()
    await desk.room.pass_time(seconds=7)
    wait = (await desk.ask("GET", f"/v1/work/{case_id}/wait")).json()
    assert (wait["live"], wait["state"], wait["waited_ms"], wait["position"]) == (False, "waiting", 7_000, None)
    explained = (await desk.ask("GET", f"/v1/work/{case_id}/explain")).json()
    assert (explained["live"], explained["wait"], explained["steps"]) == (False, None, None)


async def test_every_door_has_an_example_and_problems(desk) -> None:
    document = (await desk.ask("GET", "/openapi.json")).json()
    schemas = document["components"]["schemas"]
    for name in ("TransferBody", "ConsultBody", "ConsultEndBody", "ForceBody", "HeartbeatBody", "WaitShown"):
        assert schemas[name]["examples"], name
    for path in ("transfer", "consult", "consult/end", "force-assign"):
        answers = document["paths"][f"/v1/work/{{case_id}}/{path}"]["post"]["responses"]
        assert "application/problem+json" in answers["4XX"]["content"]


def test_the_examples_of_queues_and_waits_are_true_to_them() -> None:
    assert queue_views.QueueShown.model_validate(examples.QUEUE_EXAMPLE, extra="forbid").occupancy == 0.75
    assert queue_views.WaitShown.model_validate(examples.WAIT_EXAMPLE, extra="forbid").position == 3
