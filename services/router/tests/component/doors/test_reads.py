"""Every read says whether it is the owner's and of which moment."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts.config import Agent, Capacity, Queue

AS_OF = "2026-11-21T09:00:09.000Z"


@pytest.mark.parametrize(
    ("path", "from_memory"),
    [
        ("/v1/agents", True),
        ("/v1/agents/aiko", True),
        ("/v1/agents/aiko/offers", True),
        ("/v1/queues", True),
        ("/v1/queues/main/work", False),
        ("/v1/work/{case}", True),
        ("/v1/work/{case}/wait", True),
        ("/v1/work/{case}/explain", True),
        ("/v1/cases/{case}/sla", True),
        ("/v1/cases/{case}/sla/proof", False),
    ],
)
@pytest.mark.parametrize("owns", [True, False])
async def test_a_read_is_the_owners_or_says_that_it_is_the_stores(desk, owns, path, from_memory) -> None:
    desk.owns = owns
    case_id = await desk.assigned()
    await desk.queued()
    await desk.room.pass_time(seconds=9)
    answer = await desk.ask("GET", path.format(case=case_id))
    assert answer.status_code == 200
    assert (answer.json()["live"], answer.json()["as_of"]) == (owns and from_memory, AS_OF)


@pytest.mark.parametrize("owns", [True, False])
async def test_work_is_the_same_whoever_tells_it(desk, owns) -> None:
    desk.owns = owns
    case_id = await desk.assigned()
    shown = (await desk.ask("GET", f"/v1/work/{case_id}")).json()
    assert (shown["state"], shown["agent_id"], len(shown["sla"])) == ("assigned", "aiko", 2)
    agent = (await desk.ask("GET", "/v1/agents/aiko")).json()
    assert (agent["presence"], agent["load"], agent["work"][0]["case_id"]) == (
        "available",
        {"messaging": 1},
        str(case_id),
    )
    assert agent["presence_by_class"]["voice"]["presence"] == "available"


@pytest.mark.parametrize("owns", [True, False])
async def test_load_counts_what_an_item_takes_of_other_classes_and_nothing_of_parked_work(desk, owns) -> None:
    desk.owns = owns
    capacity = Capacity(units={"messaging": 2}, also={"messaging": {"voice": 1}})
    parking = (Queue(id="main", park_after=timedelta(minutes=1)), Queue(id="returns"))
    agents = (Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 2, "voice": 1}),)
    desk.room.feed.accept(desk.room.tenant_config(revision=3, capacity=capacity, queues=parking, agents=agents))
    case_id = await desk.assigned()
    assert (await desk.ask("GET", "/v1/agents/aiko")).json()["load"] == {"messaging": 2, "voice": 1}
    await desk.room.deliver(desk.room.agent_replied(case_id, desk.room.now))
    await desk.room.pass_time(minutes=1)
    parked = (await desk.ask("GET", "/v1/agents/aiko")).json()
    assert (parked["load"], len(parked["work"])) == ({}, 1)


async def test_the_sla_state_is_live_with_the_time_left(desk) -> None:
    case_id = await desk.queued()
    await desk.room.pass_time(minutes=4)
    shown = (await desk.ask("GET", f"/v1/cases/{case_id}/sla")).json()
    clocks = {clock["metric"]: clock for clock in shown["clocks"]}
    assert shown["policy"] == "standard"
    assert {metric: clock["status"] for metric, clock in clocks.items()} == {
        "first_response": "running",
        "resolution": "running",
    }
    assert clocks["first_response"]["remaining_ms"] == 360_000
    assert clocks["first_response"]["due_at"] == "2026-11-21T09:10:00.000Z"
    await desk.room.pass_time(minutes=7)
    late = (await desk.ask("GET", f"/v1/cases/{case_id}/sla")).json()["clocks"][0]
    assert (late["remaining_ms"], late["breached_at"], late["warned"]) == (
        -60_000,
        "2026-11-21T09:11:00.000Z",
        ["50%", "80%"],
    )


async def test_a_closed_cases_sla_state_and_proof_are_the_stores(desk) -> None:
    case_id = await desk.assigned()
    await desk.room.deliver(desk.room.agent_replied(case_id, desk.room.now))
    await desk.room.deliver(desk.room.work_closed(case_id))
    shown = (await desk.ask("GET", f"/v1/cases/{case_id}/sla")).json()
    assert shown["live"] is False
    assert {clock["status"] for clock in shown["clocks"]} == {"fulfilled"}
    proof = (await desk.ask("GET", f"/v1/cases/{case_id}/sla/proof")).json()
    assert (proof["agrees"], [entry["type"] for entry in proof["ledger"]]) == (
        True,
        ["SlaApplied", "SlaApplied", "SlaFulfilled", "SlaFulfilled"],
    )


@pytest.mark.parametrize("path", ["/v1/work/{}", "/v1/work/{}/wait", "/v1/work/{}/explain", "/v1/cases/{}/sla"])
async def test_unknown_work_is_told_by_every_read(desk, path) -> None:
    await desk.present("aiko")
    answer = await desk.ask("GET", path.format(uuid4()))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_work")


async def test_waiting_work_is_listed_page_by_page(desk) -> None:
    cases = []
    for _ in range(3):
        cases.append(str(await desk.queued()))
        await desk.room.pass_time(seconds=1)
    first = (await desk.ask("GET", "/v1/queues/main/work?limit=2")).json()
    rest = (await desk.ask("GET", f"/v1/queues/main/work?limit=2&cursor={first['next']}")).json()
    assert [work["case_id"] for work in first["items"] + rest["items"]] == cases
    nowhere = await desk.ask("GET", "/v1/queues/nowhere/work")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "queue_not_found")
