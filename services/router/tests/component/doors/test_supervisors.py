"""A supervisor who also takes work says in which of the two a request is made."""

from uuid import uuid4

import pytest

from contracts import routing

BOSS = {"x-scopes": "routing:read routing:write agents:write", "x-agent": "ken"}


@pytest.fixture
def boss(desk):
    async def ask(method: str, path: str, **body):
        return await desk.ask(method, path, headers=BOSS, json=body)

    return ask


async def test_an_agent_with_a_supervisors_scope_speaks_for_itself_unless_it_says_otherwise(desk, boss) -> None:
    case_id = await desk.assigned()
    for what, body in (("transfer", {"to_queue": "returns"}), ("requeue", {}), ("consult", {"agent_id": "ken"})):
        answer = await boss("POST", f"/v1/work/{case_id}/{what}", **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "work_not_yours"), what


async def test_as_a_supervisor_it_hands_on_anybodys_work(desk, boss) -> None:
    case_id = await desk.assigned()
    answer = await boss("POST", f"/v1/work/{case_id}/transfer", to_queue="returns", as_supervisor=True)
    assert (answer.status_code, answer.json()["queue"]) == (200, "returns")
    (moved,) = [event for event in desk.told if isinstance(event, routing.WorkTransferred)]
    assert (moved.by, moved.as_supervisor) == ("ken", True)


async def test_a_supervisor_requeues_to_another_queue_at_the_original_age(desk, boss) -> None:
    case_id = await desk.assigned()
    await desk.room.pass_time(minutes=3)
    body = {"to_queue": "returns", "note": "wrong queue", "as_supervisor": True}
    answer = await boss("POST", f"/v1/work/{case_id}/requeue", **body)
    assert (answer.status_code, answer.json()["queue"]) == (200, "returns")
    assert answer.json()["requested_at"] == "2026-11-21T09:00:00.000Z"
    (moved,) = [event for event in desk.told if isinstance(event, routing.WorkRequeued)]
    assert (moved.queue, moved.reason) == ("returns", "wrong queue")
    assert (moved.by, moved.as_supervisor) == ("ken", True)
    item = desk.room.engine().state.work[str(case_id)]
    assert item.aged_from == item.requested_at
    nowhere = await boss("POST", f"/v1/work/{case_id}/requeue", to_queue="nowhere", as_supervisor=True)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown_queue")


async def test_a_supervisor_starts_and_ends_consults_of_others(desk, boss) -> None:
    case_id = await desk.assigned()
    await desk.present("ken")
    path = f"/v1/work/{case_id}/consult"
    begun = await boss("POST", path, agent_id="ken", as_supervisor=True)
    assert begun.json()["consults"] == {"ken": "consult"}
    assert [(told.agent_id, told.by, told.as_supervisor) for told in desk.told] == [("ken", "ken", True)]
    ended = await desk.ask("POST", f"{path}/end", json={"agent_id": "ken"})
    assert ended.json()["consults"] == {}
    assert [(told.agent_id, told.by, told.as_supervisor) for told in desk.told] == [("ken", "user-1", True)]


async def test_the_colleague_or_whoever_has_the_work_ends_a_consult_and_nobody_else(desk) -> None:
    case_id = await desk.assigned()
    await desk.present("ken")
    path = f"/v1/work/{case_id}/consult"
    await desk.ask("POST", path, "aiko", json={"agent_id": "ken"})
    stranger = await desk.ask("POST", f"{path}/end", "mia", json={"agent_id": "ken"})
    assert (stranger.status_code, stranger.json()["code"]) == (409, "work_not_yours")
    assert (await desk.ask("POST", f"{path}/end", "aiko", json={"agent_id": "ken"})).status_code == 200


async def test_a_consult_that_is_repeated_after_the_work_went_on_gets_its_first_answer(desk) -> None:
    case_id = await desk.assigned()
    await desk.present("ken")
    path, key = f"/v1/work/{case_id}/consult", {"headers": {"idempotency-key": "k"}, "json": {"agent_id": "ken"}}
    first = await desk.ask("POST", path, "aiko", **key)
    await desk.room.deliver(desk.room.work_closed(case_id))
    again = await desk.ask("POST", path, "aiko", **key)
    assert (again.status_code, again.json()) == (200, first.json())


@pytest.mark.parametrize("what", ["transfer", "requeue", "consult", "consult/end"])
async def test_to_be_a_supervisor_needs_the_scope(desk, what) -> None:
    body = {"agent_id": "ken"} if what.startswith("consult") else {}
    asked = body | {"as_supervisor": True}
    answer = await desk.ask("POST", f"/v1/work/{uuid4()}/{what}", "aiko", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert desk.commands == []


async def test_a_supervisor_acts_for_no_agent(desk) -> None:
    body = {"as_supervisor": True, "agent_id": "aiko"}
    answer = await desk.ask("POST", f"/v1/work/{uuid4()}/requeue", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert "a supervisor acts for no agent" in answer.json()["detail"]
