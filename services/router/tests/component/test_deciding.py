"""Commands and time in, events and rows out, over a store in memory and a clock that stands still."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import routing, sla
from contracts.config import Agent, RoutingRule
from contracts.envelope import Envelope
from runtime.errors import DependencyDown, Refused


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events]


async def available(room: Any, agent_id: str = "aiko") -> None:
    await room.deliver(routing.SetPresence(agent_id=agent_id, presence=routing.Presence.AVAILABLE))


async def offered(room: Any, case_id: UUID) -> routing.WorkOffered:
    events = await room.deliver(room.work_requested(case_id))
    (offer,) = [event for event in events if isinstance(event, routing.WorkOffered)]
    return offer


async def test_a_request_is_queued_by_rule_and_its_clocks_start(room) -> None:
    case_id = uuid4()
    events = await room.deliver(room.work_requested(case_id))
    assert kinds(events) == ["AgentConfigured", "WorkQueued", "SlaApplied", "SlaApplied"]
    queued = events[1]
    assert (queued.case_id, queued.queue, queued.rule) == (case_id, "returns", "refunds")
    assert events[2].due_at == room.now + timedelta(minutes=10)


async def test_an_offer_is_accepted_once(room) -> None:
    await available(room)
    offer = await offered(room, uuid4())
    accept = routing.AcceptOffer(case_id=offer.case_id, offer_id=offer.offer_id, agent_id="aiko")
    assert kinds(await room.deliver(accept)) == ["WorkAssigned"]
    assert (room.outcome().status, room.outcome().state["state"]) == (200, "assigned")
    assert await room.deliver(accept) == []
    assert (room.outcome().status, room.outcome().code) == (409, "offer_already_accepted")
    assert room.figures.refusals == ["offer_already_accepted"]


async def test_an_offer_expires_to_the_millisecond_and_not_before(room) -> None:
    await available(room)
    offer = await offered(room, uuid4())
    assert room.due_in_ms() == 20_000
    assert await room.pass_time(milliseconds=19_999) == []
    events = await room.pass_time(milliseconds=1)
    assert kinds(events) == ["OfferEnded", "WorkOffered"]
    assert (events[0].offer_id, events[0].how) == (offer.offer_id, routing.OfferEnd.TIMED_OUT)
    await room.pass_time(seconds=20)
    events = await room.pass_time(seconds=20)
    assert kinds(events) == ["OfferEnded"], "three missed offers and the agent is not asked again"


async def test_going_away_withdraws_the_offer(room) -> None:
    await available(room)
    offer = await offered(room, uuid4())
    events = await room.deliver(routing.SetPresence(agent_id="aiko", presence=routing.Presence.AWAY))
    assert kinds(events) == ["PresenceChanged", "OfferEnded"]
    assert (events[1].offer_id, events[1].how) == (offer.offer_id, routing.OfferEnd.WITHDRAWN)


async def test_warnings_and_breach_come_once_each_and_never_early(room) -> None:
    await room.deliver(room.work_requested(uuid4()))
    assert await room.pass_time(milliseconds=5 * 60_000 - 1) == []
    assert [event.warning for event in await room.pass_time(milliseconds=1)] == ["50%"]
    assert await room.pass_time(minutes=2, seconds=59) == []
    assert [event.warning for event in await room.pass_time(seconds=1)] == ["80%"]
    breach = await room.pass_time(minutes=2)
    assert kinds(breach) == ["SlaBreached"]
    assert await room.pass_time(minutes=2) == []
    assert room.figures.breaches == 1
    assert set(room.figures.late_ms) == {0}


async def test_after_an_outage_everything_overdue_fires_oldest_first(room) -> None:
    first, second = uuid4(), uuid4()
    await room.deliver(room.work_requested(first))
    await room.pass_time(minutes=1)
    later = room.work_requested(second).model_copy(update={"requested_at": room.now})
    await room.deliver(later)
    await room.restart()
    fired = await room.pass_time(hours=5)
    while more := await room.pass_time():
        fired += more
    breaches = [(event.metric, event.case_id) for event in fired if isinstance(event, sla.SlaBreached)]
    assert breaches == [
        ("first_response", first),
        ("first_response", second),
        ("resolution", first),
        ("resolution", second),
    ]


async def test_an_outage_skips_no_warning_and_each_comes_before_the_breach(room) -> None:
    await room.deliver(room.work_requested(uuid4()))
    fired = [event for event in await room.pass_time(hours=1) if event.metric == "first_response"]
    assert kinds(fired) == ["SlaWarned", "SlaWarned", "SlaBreached"]
    assert [event.warning for event in fired[:2]] == ["50%", "80%"]
    assert not [event for event in await room.pass_time() if event.metric == "first_response"]


async def test_a_tenant_is_introduced_by_a_command_that_is_never_refused(room) -> None:
    told = await room.deliver(routing.ConfigureTenant(revision=1))
    assert kinds(told) == ["AgentConfigured"], "its agents are there before any customer"
    assert await room.deliver(routing.ConfigureTenant(revision=1)) == []
    assert room.figures.refusals == []
    assert room.dispatch.results == []


async def test_a_reply_fulfils_the_first_response(room) -> None:
    case_id = uuid4()
    await room.deliver(room.work_requested(case_id))
    room.now += timedelta(minutes=1)
    events = await room.deliver(room.agent_replied(case_id, room.now))
    assert [(event.metric, event.late) for event in events] == [("first_response", False)]
    assert not [timer for timer in await room.pass_time(minutes=20) if timer.metric == "first_response"]


async def test_what_a_restart_loads_is_what_was_in_memory(room) -> None:
    await available(room)
    for _ in range(5):
        await room.deliver(room.work_requested(uuid4()))
    await room.pass_time(seconds=7)
    before, due = room.engine().state_hash(), room.due_in_ms()
    await room.restart()
    assert room.engine().state_hash() == before
    assert await room.pass_time() == []
    assert room.engine().state_hash() == before
    assert room.due_in_ms() == due == 13_000
    assert "OfferEnded" in kinds(await room.pass_time(seconds=13))


async def test_a_new_revision_is_applied_without_routing_anything_anew(room) -> None:
    case_id = uuid4()
    await room.deliver(room.work_requested(case_id))
    agents = (Agent(id="ken", name="健", queues=("main",)),)
    room.feed.accept(room.tenant_config(revision=2, agents=agents, rules=()))
    events = await room.pass_time(milliseconds=500)
    assert kinds(events) == ["AgentRemoved", "AgentConfigured"], "clocks of an unchanged policy stay as they are"
    assert room.engine().state.work[str(case_id)].queue == "returns"
    assert set(room.engine().state.agents) == {"ken"}
    await room.restart()
    assert await room.pass_time() == [], "the revision was stored"


async def test_an_agent_put_by_the_api_survives_a_revision(room) -> None:
    await room.deliver(routing.ConfigureAgent(agent_id="mia", name="Mia", queues=("main",), capacity={"messaging": 1}))
    room.feed.accept(room.tenant_config(revision=2))
    await room.pass_time()
    assert set(room.engine().state.agents) == {"aiko", "mia"}


async def test_a_rule_that_can_not_be_compiled_is_skipped_shown_and_counted(room) -> None:
    rules = (
        RoutingRule(id="broken", when="message.text.contains(", queue="main"),
        RoutingRule(id="odd", when="size(message.text)", queue="main"),
        RoutingRule(id="closed", when="calendar('nowhere').open", queue="main"),
        RoutingRule(
            id="tags", when="'vip' in customer.tags && now > timestamp('2026-01-01T00:00:00Z')", queue="returns"
        ),
    )
    room.feed.accept(room.tenant_config(revision=2, rules=rules))
    case_id = uuid4()
    await room.deliver(room.work_requested(case_id))
    tried = {rule.rule: rule for rule in room.engine().state.work[str(case_id)].explanation.rules}
    assert [rule.outcome for rule in tried.values()] == ["error", "error", "error", "matched"]
    assert "parse" in tried["broken"].error
    assert "int" in tried["odd"].error
    assert room.figures.failed_rules == 3


async def test_the_channel_class_is_the_accounts(room) -> None:
    case_id = uuid4()
    await room.deliver(room.work_requested(case_id, account="chat"))
    assert room.engine().state.work[str(case_id)].channel_class == "live"


async def test_a_command_waits_ten_seconds_for_its_tenants_configuration(room) -> None:
    command = room.work_requested(uuid4())
    with pytest.raises(DependencyDown):
        await room.deliver(command, tenant="new")
    room.now += timedelta(seconds=9)
    with pytest.raises(DependencyDown):
        await room.deliver(command, tenant="new")
    room.feed.accept(room.tenant_config("new"))
    await room.restart()
    assert "WorkQueued" in kinds(await room.deliver(command, tenant="new"))


async def test_a_command_of_a_tenant_without_configuration_is_refused_in_the_end(room) -> None:
    with pytest.raises(DependencyDown):
        await room.deliver(room.work_requested(uuid4()), tenant="nobody")
    room.now += timedelta(seconds=10)
    with pytest.raises(Refused) as refused:
        await room.deliver(room.work_requested(uuid4()), tenant="nobody")
    assert refused.value.code == "tenant_not_configured"


async def test_an_old_command_does_not_hold_up_the_others(room) -> None:
    """After a restart the configuration is read to its end: what is not there by then does not come."""
    old = Envelope(uuid4(), "nobody", "test", room.now - timedelta(seconds=11), room.work_requested(uuid4()))
    with pytest.raises(Refused):
        await room.deliver_enveloped(old)


async def test_tenants_of_one_batch_do_not_meet(room) -> None:
    envelopes = [
        Envelope(uuid4(), tenant, "test", room.now, routing.SetPresence(agent_id="aiko", presence="available"))
        for tenant in ("acme", "beta", "acme")
    ]
    await room.deliver_enveloped(*envelopes)
    assert set(room.dispatch.groups) == {"acme", "beta"}
    assert [len(writes.results) for writes in room.store.written] == [2, 1]


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        (routing.SetPresence(agent_id="who", presence=routing.Presence.BUSY), 404, "unknown_agent"),
        (routing.SetPresence(agent_id="aiko", presence=routing.Presence.UNKNOWN), 422, "presence_unknown"),
        (routing.PickWork(case_id=uuid4(), agent_id="aiko"), 404, "unknown_work"),
        (routing.ConfigureAgent(agent_id="x", name="X", queues=("nowhere",)), 422, "unknown_queue"),
        (routing.ConfigureAgent(agent_id="x", name="X", skills={"s": 11}), 422, "skill_level_invalid"),
        (routing.ConfigureAgent(agent_id="x", name="X", capacity={"pigeon": 1}), 422, "channel_class_unknown"),
        (routing.ConfigureAgent(agent_id="x", name="X", capacity={"live": -1}), 422, "capacity_invalid"),
    ],
)
async def test_refusals_have_a_stable_code(room, command, status, code) -> None:
    await room.deliver(command)
    assert (room.outcome().status, room.outcome().code) == (status, code)
    assert room.outcome().sentence.endswith(".")
