"""The last agent of a case, or of its customer, is waited for where a rule says so; also by the router's next owner."""

from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import routing
from contracts.config import Agent, Preference, Queue, RoutingRule

WAIT = Preference(wait=timedelta(seconds=20))


@pytest.fixture
async def floor(room):
    agents = (Agent(id="aiko", name="愛子", queues=("main",)), Agent(id="ken", name="Ken", queues=("main",)))
    rules = (
        RoutingRule(id="loyal", when="message.text.contains('again')", queue="main", last_agent=WAIT),
        RoutingRule(id="others", when="true", queue="main"),
    )
    room.feed.accept(room.tenant_config(revision=2, agents=agents, rules=rules))
    await room.deliver(routing.SetPresence(agent_id="aiko", presence="away"))
    await room.deliver(routing.SetPresence(agent_id="ken", presence="available"))
    return room


def offered(told) -> list[str]:
    return [event.agent_id for event in told if isinstance(event, routing.WorkOffered)]


async def test_a_new_case_waits_for_the_customers_last_agent_also_after_a_restart(floor) -> None:
    told = await floor.deliver(floor.work_requested(uuid4(), "it is me again", customers="aiko"))
    assert offered(told) == []
    before = floor.engine().state_hash()
    await floor.restart()
    assert floor.engine().state_hash() == before
    assert offered(await floor.pass_time(seconds=19)) == []
    assert offered(await floor.deliver(routing.SetPresence(agent_id="aiko", presence="available"))) == ["aiko"]


async def test_the_last_agent_of_the_case_comes_before_the_customers(floor) -> None:
    told = await floor.deliver(
        floor.work_requested(uuid4(), "it is me again", customers="aiko", last_agent_id="ken", reopened=True)
    )
    assert offered(told) == ["ken"]


async def test_work_that_a_bot_hands_over_goes_where_the_bot_says(room) -> None:
    rules = (RoutingRule(id="all", when="true", queue="main", skills={"english": 1}),)
    room.feed.accept(room.tenant_config(revision=2, rules=rules, skills=("english", "thai")))
    asked = room.work_requested(uuid4()).model_copy(update={"queue": "returns", "skills": {"thai": 3}})
    (queued,) = [event for event in await room.deliver(asked) if isinstance(event, routing.WorkQueued)]
    assert (queued.queue, queued.skills) == ("returns", {"thai": 3})


async def test_work_that_comes_back_from_a_bot_ends_the_wrap_up_of_before(room) -> None:
    queues = (Queue(id="main"), Queue(id="returns", wrap_up=timedelta(minutes=5)))
    room.feed.accept(room.tenant_config(revision=2, queues=queues))
    case_id = uuid4()
    await room.deliver(routing.SetPresence(agent_id="aiko", presence="available"))
    (offer,) = [one for one in await room.deliver(room.work_requested(case_id)) if isinstance(one, routing.WorkOffered)]
    await room.deliver(routing.AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id="aiko"))
    told = await room.deliver(room.work_closed(case_id))
    assert [type(event) for event in told if isinstance(event, routing.WrapUpStarted)] == [routing.WrapUpStarted]
    back = room.work_requested(case_id).model_copy(update={"returned": True})
    told = await room.deliver(back)
    assert [event.case_id for event in told if isinstance(event, routing.WorkQueued)] == [case_id]


async def test_the_customers_last_agent_is_nobody_special_where_no_rule_asks(floor) -> None:
    await floor.deliver(routing.SetPresence(agent_id="aiko", presence="available"))
    assert offered(await floor.deliver(floor.work_requested(uuid4(), "first", customers="ken"))) == ["aiko"]
