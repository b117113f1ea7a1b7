"""Offers, picks and wrap-up: whatever is asked is answered with what happened, twice the same way."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import routing
from contracts.config import Agent, Queue

SHELF = {
    "queues": (Queue(id="main", mode="pick", wrap_up=timedelta(minutes=5)),),
    "agents": (Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 1}),),
    "rules": (),
}


async def offered(desk) -> routing.WorkOffered:
    await desk.present("aiko")
    await desk.queued()
    (offer,) = [event for event in desk.told if isinstance(event, routing.WorkOffered)]
    return offer


@pytest.mark.parametrize(("answer", "state"), [("accept", "assigned"), ("decline", "offered")])
async def test_the_same_key_gives_the_same_answer_and_acts_once(desk, answer, state) -> None:
    offer = await offered(desk)
    path, key = f"/v1/offers/{offer.offer_id}/{answer}", {"headers": {"idempotency-key": "k-1"}}
    first, again = [await desk.ask("POST", path, "aiko", **key) for _ in range(2)]
    assert (first.status_code, first.json()["state"]) == (200, state)
    assert (again.status_code, again.json()) == (200, first.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert len(desk.commands) == 1
    case = {"case_id": str(offer.case_id)}
    named = await desk.ask("POST", path, "aiko", json=case, **key)
    assert named.json() == first.json(), "to name the case asks the same"


async def test_an_assignment_names_the_offer_that_was_accepted(desk) -> None:
    offer = await offered(desk)
    await desk.ask("POST", f"/v1/offers/{offer.offer_id}/accept", "aiko")
    assert assignments(desk) == [("aiko", offer.offer_id)]
    await desk.present("ken")
    await desk.ask("POST", f"/v1/work/{offer.case_id}/force-assign", json={"agent_id": "ken"})
    assert assignments(desk) == [("ken", None)]


def assignments(desk):
    return [(event.agent_id, event.offer_id) for event in desk.told if isinstance(event, routing.WorkAssigned)]


async def test_the_same_key_for_another_question_is_refused(desk) -> None:
    offer = await offered(desk)
    path, key = f"/v1/offers/{offer.offer_id}/decline", {"headers": {"idempotency-key": "k-1"}}
    await desk.ask("POST", path, "aiko", json={"reason": "busy"}, **key)
    answer = await desk.ask("POST", path, "aiko", json={"reason": "tired"}, **key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_an_expired_offer_is_a_stable_code_with_and_without_a_key(desk) -> None:
    offer = await offered(desk)
    await desk.room.pass_time(seconds=30)
    path, key = f"/v1/offers/{offer.offer_id}/accept", {"headers": {"idempotency-key": "late"}}
    answers = [await desk.ask("POST", path, "aiko", **more) for more in ({}, key, key)]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "offer_expired")] * 3
    assert answers[1].json() | {"trace_id": ""} == answers[2].json() | {"trace_id": ""}


async def test_whatever_else_became_of_an_offer_has_its_own_code(desk) -> None:
    offer = await offered(desk)
    path = f"/v1/offers/{offer.offer_id}"
    others = await desk.ask("POST", f"{path}/accept", "ken")
    await desk.ask("POST", f"{path}/accept", "aiko")
    twice = await desk.ask("POST", f"{path}/accept", "aiko")
    declined = await desk.ask("POST", f"{path}/decline", "aiko")
    unknown = await desk.ask("POST", f"/v1/offers/{uuid4()}/accept", "aiko")
    await desk.room.deliver(desk.room.work_closed(offer.case_id))
    closed = await desk.ask("POST", f"{path}/accept", "aiko")
    told = [(each.status_code, each.json()["code"]) for each in (others, twice, declined, unknown, closed)]
    assert told == [
        (409, "offer_not_yours"),
        (409, "offer_already_accepted"),
        (409, "offer_already_accepted"),
        (404, "unknown_offer"),
        (409, "work_closed"),
    ]


async def test_offers_are_listed_live_or_as_stored(desk) -> None:
    offer = await offered(desk)
    live = (await desk.ask("GET", "/v1/agents/aiko/offers")).json()
    desk.live.withdraw([("acme", desk.live._groups["acme"][0])])
    stored = (await desk.ask("GET", "/v1/agents/aiko/offers")).json()
    assert [(each["live"], each["items"][0]["offer_id"]) for each in (live, stored)] == [
        (True, str(offer.offer_id)),
        (False, str(offer.offer_id)),
    ]
    assert live["items"] == stored["items"]


async def test_work_is_picked_wrapped_up_and_done(desk) -> None:
    desk.room.feed.accept(desk.room.tenant_config(revision=3, **SHELF))
    await desk.present("aiko")
    case_id, other = await desk.queued(), await desk.queued()
    path, key = f"/v1/work/{case_id}", {"headers": {"idempotency-key": "k"}}
    first, again = [await desk.ask("POST", f"{path}/pick", "aiko", **key) for _ in range(2)]
    assert (first.json()["state"], first.json()["agent_id"]) == ("assigned", "aiko")
    assert again.json() == first.json()
    full = await desk.ask("POST", f"/v1/work/{other}/pick", "aiko")
    assert (full.status_code, full.json()["code"]) == (409, "no_capacity")
    early = await desk.ask("POST", f"{path}/wrap-up/end", "aiko")
    assert (early.status_code, early.json()["code"]) == (409, "not_wrapping_up")
    await desk.room.deliver(desk.room.work_closed(case_id))
    theirs = await desk.ask("POST", f"{path}/wrap-up/end", json={"agent_id": "ken"})
    assert (theirs.status_code, theirs.json()["code"]) == (409, "work_not_yours")
    done, repeated = [await desk.ask("POST", f"{path}/wrap-up/end", "aiko", **key) for _ in range(2)]
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert repeated.json() == done.json()
    late = await desk.ask("POST", f"{path}/wrap-up/end", "aiko")
    assert (late.status_code, late.json()["code"]) == (409, "work_closed")
