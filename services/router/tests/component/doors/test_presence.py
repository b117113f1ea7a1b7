"""Presence per channel class, by its names, with its source and since when."""

import pytest

from contracts import routing
from contracts.config import Agent

TWO_CLASSES = (Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 2, "live": 2}),)


@pytest.fixture
def floor(desk):
    desk.room.feed.accept(
        desk.room.tenant_config(revision=3, agents=TWO_CLASSES, rules=(), presences={"lunch": "away"})
    )
    return desk


async def set_to(desk, agent: str | None = "aiko", **body):
    return await desk.ask("PUT", "/v1/agents/aiko/presence", agent, json=body)


async def test_a_presence_of_one_channel_class_leaves_the_others(floor) -> None:
    await set_to(floor, presence="available")
    await floor.room.pass_time(seconds=5)
    answer = await set_to(floor, presence="lunch", channel_class="messaging")
    assert answer.status_code == 200
    by_class = answer.json()["presence_by_class"]
    assert by_class["messaging"] == {
        "presence": "away",
        "name": "lunch",
        "source": "agent",
        "since": "2026-11-21T09:00:05.000Z",
    }
    assert by_class["live"] == {
        "presence": "available",
        "name": "available",
        "source": "agent",
        "since": "2026-11-21T09:00:00.000Z",
    }
    (changed,) = [event for event in floor.told if isinstance(event, routing.PresenceChanged)]
    assert (changed.presence, changed.name, changed.channel_class) == ("away", "lunch", "messaging")
    message, chat = await floor.queued(), await floor.queued(account="chat")
    shown = [(await floor.ask("GET", f"/v1/work/{case_id}")).json()["state"] for case_id in (message, chat)]
    assert shown == ["queued", "offered"]


async def test_a_presence_for_all_forgets_that_of_one_channel_class(floor) -> None:
    await set_to(floor, presence="lunch", channel_class="messaging")
    shown = (await set_to(floor, presence="available")).json()
    assert {each["presence"] for each in shown["presence_by_class"].values()} == {"available"}
    assert (shown["presence"], shown["presence_name"]) == ("available", "available")


async def test_the_tenants_own_name_is_kept_and_maps_to_one_of_the_four(floor) -> None:
    shown = (await set_to(floor, presence="lunch")).json()
    assert (shown["presence"], shown["presence_name"], shown["presence_source"]) == ("away", "lunch", "agent")


async def test_a_presence_has_the_source_that_set_it(floor) -> None:
    own = (await set_to(floor, presence="available")).json()["presence_source"]
    over = (await set_to(floor, presence="offline", source="end_of_shift")).json()["presence_source"]
    other = (await set_to(floor, None, presence="busy")).json()["presence_source"]
    assert (own, over, other) == ("agent", "end_of_shift", "supervisor")
    await floor.ask("PUT", "/v1/agents/aiko/heartbeat", "aiko", json={"lease_seconds": 1})
    await floor.room.pass_time(seconds=1)
    await floor.room.pass_time(seconds=30)
    shown = (await floor.ask("GET", "/v1/agents/aiko")).json()
    assert (shown["presence"], shown["presence_source"]) == ("offline", "heartbeat_lost")
    assert shown["presence_since"] == "2026-11-21T09:00:31.000Z"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"presence": "siesta"}, 422, "presence_unknown"),
        ({"presence": ""}, 422, "invalid_request"),
        ({"presence": "away", "channel_class": "pigeon"}, 422, "invalid_request"),
        ({"presence": "away", "source": "heartbeat_lost"}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
async def test_a_presence_that_nobody_knows_is_refused_and_changes_nothing(floor, body, status, code) -> None:
    await set_to(floor, presence="available")
    before = floor.room.engine().state_hash()
    answer = await set_to(floor, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert floor.room.engine().state_hash() == before


async def test_another_agents_presence_is_for_supervisors(floor) -> None:
    answer = await floor.ask("PUT", "/v1/agents/aiko/presence", "ken", json={"presence": "away"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
