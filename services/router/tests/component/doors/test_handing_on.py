"""Transfer, consult and force-assign, as asked for over HTTP."""

from uuid import uuid4

import pytest

from contracts import routing


def of(desk, kind):
    return [event for event in desk.told if isinstance(event, kind)]


async def test_an_agent_transfers_to_a_queue_with_a_note(desk) -> None:
    case_id = await desk.assigned()
    body = {"to_queue": "returns", "note": "wants money back"}
    answer = await desk.ask("POST", f"/v1/work/{case_id}/transfer", "aiko", json=body)
    assert (answer.status_code, answer.json()["state"], answer.json()["queue"]) == (200, "queued", "returns")
    (moved,) = of(desk, routing.WorkTransferred)
    assert (moved.by, moved.as_supervisor, moved.queue, moved.note) == ("aiko", False, "returns", "wants money back")
    assert not of(desk, routing.WorkOffered), "whoever hands work on is not asked again"


async def test_a_supervisor_transfers_to_an_agent(desk) -> None:
    case_id = await desk.assigned()
    await desk.present("ken")
    answer = await desk.ask("POST", f"/v1/work/{case_id}/transfer", json={"to_agent": "ken"})
    assert (answer.status_code, answer.json()["state"], answer.json()["agent_id"]) == (200, "offered", "ken")
    (moved,) = of(desk, routing.WorkTransferred)
    assert (moved.by, moved.as_supervisor, moved.to_agent) == ("user-1", True, "ken")


async def test_a_transfer_to_skills_asks_only_those_who_have_them(desk) -> None:
    case_id = await desk.assigned("ken")
    await desk.present("aiko")
    answer = await desk.ask("POST", f"/v1/work/{case_id}/transfer", "ken", json={"skills": {"japanese": 7}})
    assert (answer.json()["state"], answer.json()["agent_id"]) == ("offered", "aiko")
    assert answer.json()["skills"] == {"japanese": 7}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "transfer_target_invalid"),
        ({"to_agent": "ken", "to_queue": "returns"}, 422, "transfer_target_invalid"),
        ({"to_queue": "nowhere"}, 422, "unknown_queue"),
        ({"skills": {"japanes": 3}}, 422, "unknown_skill"),
        ({"to_agent": "nobody"}, 404, "unknown_agent"),
        ({"to_agent": "ken"}, 409, "agent_absent"),
        ({"to_agent": "aiko"}, 409, "same_agent"),
        ({"skills": {}}, 422, "invalid_request"),
        ({"skills": {"japanese": 11}}, 422, "invalid_request"),
        ({"to": "returns"}, 422, "invalid_request"),
        ({"to_queue": "returns", "agent_id": "ken"}, 403, "scope_missing"),
    ],
)
async def test_a_transfer_that_is_refused_leaves_the_work_where_it_is(desk, body, status, code) -> None:
    case_id = await desk.assigned()
    before = desk.room.engine().state_hash()
    answer = await desk.ask("POST", f"/v1/work/{case_id}/transfer", "aiko", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert desk.room.engine().state_hash() == before


async def test_another_agents_work_is_not_transferred(desk) -> None:
    case_id = await desk.assigned()
    answer = await desk.ask("POST", f"/v1/work/{case_id}/transfer", "ken", json={"to_queue": "returns"})
    assert (answer.status_code, answer.json()["code"]) == (409, "work_not_yours")


async def test_the_same_key_transfers_once(desk) -> None:
    case_id = await desk.assigned()
    more = {"json": {"to_queue": "returns"}, "headers": {"idempotency-key": "k-1"}}
    first = await desk.ask("POST", f"/v1/work/{case_id}/transfer", "aiko", **more)
    again = await desk.ask("POST", f"/v1/work/{case_id}/transfer", "aiko", **more)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert len(desk.commands) == 1


async def test_a_consult_begins_and_ends_and_takes_no_capacity(desk) -> None:
    case_id = await desk.assigned()
    await desk.present("ken")
    path = f"/v1/work/{case_id}/consult"
    begun = await desk.ask("POST", path, "aiko", json={"agent_id": "ken"})
    assert (begun.status_code, begun.json()["agent_id"], begun.json()["consults"]) == (200, "aiko", {"ken": "consult"})
    assert desk.room.engine().state.agents["ken"].used == {}
    again = await desk.ask("POST", path, "aiko", json={"agent_id": "ken"})
    assert (again.status_code, again.json()["code"]) == (409, "already_consulted")
    ended = await desk.ask("POST", f"{path}/end", "ken")
    assert (ended.status_code, ended.json()["consults"]) == (200, {})
    assert [event.agent_id for event in of(desk, routing.ConsultEnded)] == ["ken"]
    over = await desk.ask("POST", f"{path}/end", "aiko", json={"agent_id": "ken"})
    assert (over.status_code, over.json()["code"]) == (409, "not_consulted")


async def test_consults_are_for_whoever_has_the_work_and_monitoring_for_supervisors(desk) -> None:
    case_id = await desk.assigned()
    await desk.present("ken")
    path = f"/v1/work/{case_id}/consult"
    answers = [
        await desk.ask("POST", path, "ken", json={"agent_id": "ken"}),
        await desk.ask("POST", path, "aiko", json={"agent_id": "ken", "kind": "monitor"}),
        await desk.ask("POST", path, "aiko", json={"agent_id": "ken", "kind": "spy"}),
        await desk.ask("POST", f"/v1/work/{uuid4()}/consult", "aiko", json={"agent_id": "ken"}),
        await desk.ask("POST", f"{path}/end", "ken", json={"agent_id": "aiko"}),
        await desk.ask("POST", f"{path}/end"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "work_not_yours"),
        (403, "scope_missing"),
        (422, "invalid_request"),
        (404, "unknown_work"),
        (409, "not_consulted"),
        (422, "agent_missing"),
    ]
    monitored = await desk.ask("POST", path, json={"agent_id": "ken", "kind": "monitor"})
    assert monitored.json()["consults"] == {"ken": "monitor"}


async def test_a_supervisor_forces_work_over_capacity_and_it_is_told_who_and_how_much(desk) -> None:
    first = await desk.assigned()
    second = await desk.queued()
    body = {"agent_id": "aiko", "reason": "knows the customer"}
    refused = await desk.ask("POST", f"/v1/work/{second}/force-assign", "aiko", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    forced = await desk.ask("POST", f"/v1/work/{second}/force-assign", json=body)
    assert (forced.status_code, forced.json()["state"], forced.json()["agent_id"]) == (200, "assigned", "aiko")
    (told,) = of(desk, routing.WorkForced)
    assert (told.case_id, told.by, told.reason, told.over) == (second, "user-1", "knows the customer", {"messaging": 1})
    offline = await desk.ask("POST", f"/v1/work/{first}/force-assign", json={"agent_id": "ken"})
    assert (offline.status_code, offline.json()["code"]) == (409, "agent_absent")
