"""Agents as a whole, in part and in lists."""

import pytest

KEN = {"name": "健", "queues": ["main"], "skills": {"japanese": 3}, "capacity": {"messaging": 2}}


async def test_a_part_of_an_agent_is_changed_and_the_rest_stays(desk) -> None:
    await desk.ask("PUT", "/v1/agents/ken", json=KEN)
    steps = [
        ({"skills": {"japanese": 9}}, {"skills": {"japanese": 9}}),
        ({"queues": ["main", "returns"]}, {"queues": ["main", "returns"]}),
        ({"capacity": {"live": 1}}, {"capacity": {"live": 1}}),
        ({"name": "健太"}, {"name": "健太"}),
        ({"skills": {}}, {"skills": {}}),
        ({}, {}),
    ]
    expected = dict(KEN)
    for body, change in steps:
        expected |= change
        answer = await desk.ask("PATCH", "/v1/agents/ken", json=body)
        assert answer.status_code == 200
        assert {name: answer.json()[name] for name in KEN} == expected


async def test_a_capacity_edit_by_the_api_is_used_at_once(desk) -> None:
    await desk.assigned()
    waiting = await desk.queued()
    answer = await desk.ask("PATCH", "/v1/agents/aiko", json={"capacity": {"messaging": 2}})
    assert [offer["case_id"] for offer in answer.json()["offers"]] == [str(waiting)]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"capacity": {"messaging": -1}}, "invalid_request", "/capacity/messaging"),
        ({"capacity": {"messaging": 1.5}}, "invalid_request", "/capacity/messaging"),
        ({"capacity": {"messaging": 1.0}}, "invalid_request", "/capacity/messaging"),
        ({"capacity": {"messaging": "3"}}, "invalid_request", "/capacity/messaging"),
        ({"capacity": {"messaging": True}}, "invalid_request", "/capacity/messaging"),
        ({"capacity": {"messaging": 1001}}, "invalid_request", "/capacity/messaging"),
        ({"capacity": {"pigeon": 1}}, "invalid_request", "/capacity/pigeon/[key]"),
        ({"skills": {"japanese": 0}}, "invalid_request", "/skills/japanese"),
        ({"skills": {"japanese": 11}}, "invalid_request", "/skills/japanese"),
        ({"queues": ["main", "nowhere"]}, "unknown_queue", None),
        ({"queues": "main"}, "invalid_request", "/queues"),
        ({"colour": "red"}, "invalid_request", "/colour"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_bad_agent_is_refused_with_the_place_and_nothing_changes(desk, method, body, code, pointer) -> None:
    await desk.present("aiko")
    before = desk.room.engine().state_hash()
    whole = {"name": "愛子"} if method == "PUT" else {}
    answer = await desk.ask(method, "/v1/agents/aiko", json=whole | body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json().get("pointer") == pointer
    assert answer.json()["detail"]
    assert desk.room.engine().state_hash() == before


async def test_an_agent_in_an_unknown_queue_is_refused_by_its_name(desk) -> None:
    answer = await desk.ask("PUT", "/v1/agents/new", json={"name": "New", "queues": ["nowhere"]})
    assert "'nowhere'" in answer.json()["detail"]
    assert (await desk.ask("GET", "/v1/agents/new")).status_code == 404


async def test_only_known_agents_are_changed_and_removed(desk) -> None:
    for method, more in (("PATCH", {"json": {"name": "X"}}), ("DELETE", {})):
        answer = await desk.ask(method, "/v1/agents/nobody", **more)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_agent")


async def test_a_removal_is_repeated_with_the_same_answer(desk) -> None:
    await desk.present("aiko")
    key = {"headers": {"idempotency-key": "k"}}
    first, again = [await desk.ask("DELETE", "/v1/agents/ken", **key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (204, 204)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("owns", [True, False])
async def test_agents_are_listed_page_by_page_live_or_as_stored(desk, owns) -> None:
    desk.owns = owns
    await desk.assigned("aiko")
    first = (await desk.ask("GET", "/v1/agents?limit=1")).json()
    second = (await desk.ask("GET", f"/v1/agents?limit=1&cursor={first['next']}")).json()
    assert [agent["agent_id"] for agent in first["items"] + second["items"]] == ["aiko", "ken"]
    assert second["next"] is None
    assert (first["live"], first["as_of"]) == (owns, "2026-11-21T09:00:00.000Z")
    assert [work["state"] for work in first["items"][0]["work"]] == ["assigned"]
    bad = await desk.ask("GET", "/v1/agents?cursor=abc")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_cursor")


@pytest.mark.parametrize("owns", [True, False])
async def test_agents_of_one_queue_are_listed(desk, owns) -> None:
    await desk.ask("PUT", "/v1/agents/mia", json={"name": "Mia", "queues": ["returns"]})
    await desk.ask("PUT", "/v1/agents/zoe", json={"name": "Zoe", "queues": ["main", "returns"]})
    desk.owns = owns
    found = (await desk.ask("GET", "/v1/agents?queue=returns")).json()
    everybody = (await desk.ask("GET", "/v1/agents")).json()["items"]
    wanted = [agent["agent_id"] for agent in everybody if "returns" in agent["queues"]]
    assert [agent["agent_id"] for agent in found["items"]] == wanted
    assert {"mia", "zoe"} <= set(wanted) < {agent["agent_id"] for agent in everybody}
    first = (await desk.ask("GET", "/v1/agents?queue=returns&limit=1")).json()
    second = (await desk.ask("GET", f"/v1/agents?queue=returns&limit=1&cursor={first['next']}")).json()
    assert [agent["agent_id"] for agent in first["items"] + second["items"]] == wanted[:2]
    assert (await desk.ask("GET", "/v1/agents?queue=nowhere")).json()["items"] == []
