import pytest

from router.domain.commands import (
    AgentReplied,
    ConfigureAgent,
    CustomerWrote,
    EndConsult,
    EndWrapUp,
    ForceAssign,
    RemoveAgent,
    RequeueWork,
    SetPresence,
    StartConsult,
    WorkClosed,
)
from router.domain.config import QueueConfig, RoutingConfigError
from router.domain.events import (
    ConsultEnded,
    ConversationParked,
    ConversationResumed,
    WorkForced,
    WorkRequeued,
    WrapUpStarted,
)
from router.domain.model import ChannelClass, QueueMode, WorkState
from router.domain.policies import CapacityPolicy, WrapUp

MINUTE = 60_000
VOICE, LIVE, MESSAGING, ASYNC = ChannelClass.VOICE, ChannelClass.LIVE, ChannelClass.MESSAGING, ChannelClass.ASYNC


def queue(name="support", **changes):
    return QueueConfig(name, mode=QueueMode.AUTO_ASSIGN, **changes)


def staff(desk, agent_id="aoi", queues=("support",), **capacity):
    room = {ChannelClass(name.strip("_")): units for name, units in capacity.items()}
    desk.do(ConfigureAgent(agent_id, agent_id, queues, {"billing": 5}, room))
    desk.presence(agent_id, "available")


def test_an_item_needs_room_in_every_profile_that_it_consumes(open_desk):
    policy = CapacityPolicy(also={MESSAGING: {ASYNC: 2}})
    desk = open_desk(queue(), capacity=policy)
    staff(desk, messaging=3, async_=3)
    desk.work("chat-1")
    desk.work("chat-2")
    desk.work("mail-1", channel_class=ASYNC)
    desk.work("mail-2", channel_class=ASYNC)
    assert [case for case, _ in desk.assigned()] == ["chat-1", "mail-1"]
    desk.do(WorkClosed("chat-1", "x", desk.now))
    assert [case for case, _ in desk.assigned()] == ["chat-1", "mail-1", "chat-2"]


def test_exclusive_voice_shares_an_agent_with_nothing(open_desk):
    desk = open_desk(queue(), capacity=CapacityPolicy(exclusive=frozenset({VOICE})))
    staff(desk, voice=1, messaging=3)
    desk.work("chat-1")
    desk.work("call", channel_class=VOICE)
    assert desk.holder("call") is None
    assert desk.engine.explain("call", desk.now).candidates[0].obstacle == "exclusive"
    desk.do(WorkClosed("chat-1", "x", desk.now))
    desk.work("chat-2")
    assert (desk.holder("call"), desk.holder("chat-2")) == ("aoi", None)
    desk.do(WorkClosed("call", "x", desk.now))
    assert desk.holder("chat-2") == "aoi"


def test_a_listed_class_interrupts_and_others_do_not(open_desk):
    policy = CapacityPolicy({VOICE: {MESSAGING: 3}}, frozenset({VOICE}), frozenset({VOICE}))
    desk = open_desk(queue(), capacity=policy)
    staff(desk, voice=1, messaging=3)
    desk.work("chat-1")
    desk.work("call", channel_class=VOICE)
    desk.work("call-2", channel_class=VOICE)
    desk.work("chat-2")
    assert [case for case, _ in desk.assigned()] == ["chat-1", "call"]
    assert desk.engine.state.agents["aoi"].excess == {MESSAGING: 1}


def test_waiting_work_takes_what_a_new_configuration_says(open_desk):
    desk = open_desk(queue(), channel_units={MESSAGING: 2})
    staff(desk, messaging=1)
    desk.work("case-1")
    assert desk.holder("case-1") is None
    desk.events += desk.engine.reconfigure(desk.configured(queue()), desk.now).events
    assert desk.holder("case-1") == "aoi"


def test_held_work_that_comes_back_takes_what_the_configuration_says_by_then(open_desk):
    desk = open_desk(queue(), channel_units={MESSAGING: 2})
    staff(desk, messaging=2)
    desk.work("case-1")
    assert desk.holder("case-1") == "aoi"
    desk.events += desk.engine.reconfigure(desk.configured(queue()), desk.now).events
    assert desk.engine.state.agents["aoi"].used == {MESSAGING: 2}
    desk.do(RequeueWork("case-1"))
    assert (desk.holder("case-1"), desk.engine.state.agents["aoi"].used) == ("aoi", {MESSAGING: 1})


def test_a_silent_customers_conversation_is_parked_and_comes_back_to_the_same_agent(open_desk):
    desk = open_desk(queue(park_after_ms=10 * MINUTE))
    staff(desk, messaging=1)
    desk.work("case-1")
    desk.do(AgentReplied("case-1", "m1", desk.now, "aoi"))
    desk.work("case-2")
    desk.after(10 * MINUTE - 1)
    assert desk.holder("case-2") is None
    desk.after(1)
    assert desk.seen(ConversationParked)[0].case_id == "case-1"
    assert (desk.holder("case-1"), desk.holder("case-2")) == ("aoi", "aoi")
    desk.do(WorkClosed("case-2", "x", desk.now))
    desk.do(CustomerWrote("case-1", "m2", desk.now))
    assert desk.seen(ConversationResumed)[0].agent_id == "aoi"
    desk.work("case-3")
    assert desk.holder("case-3") is None


def test_a_conversation_that_waits_for_the_agent_is_not_parked(open_desk):
    desk = open_desk(queue(park_after_ms=MINUTE))
    staff(desk, messaging=1)
    desk.work("case-1")
    desk.after(2 * MINUTE)
    desk.do(AgentReplied("case-1", "m1", desk.now, "aoi"))
    desk.now += 30_000
    desk.do(CustomerWrote("case-1", "m2", desk.now))
    desk.after(5 * MINUTE)
    assert desk.seen(ConversationParked) == []


def test_a_conversation_woken_by_a_message_older_than_the_last_answer_is_parked_again(open_desk):
    desk = open_desk(queue(park_after_ms=MINUTE))
    staff(desk, messaging=1)
    desk.work("case-1")
    desk.do(AgentReplied("case-1", "m1", desk.now, "aoi"))
    desk.after(MINUTE)
    desk.do(AgentReplied("case-1", "m2", desk.now, "aoi"))
    desk.do(CustomerWrote("case-1", "m3", desk.now - 1))
    assert len(desk.seen(ConversationResumed)) == 1
    desk.after(MINUTE)
    assert len(desk.seen(ConversationParked)) == 2


@pytest.mark.parametrize("why", ["agent_absent", "agent_full"])
def test_seen_reopened_work_stuck_on_an_absent_agent_it_waits_again_at_its_original_age(open_desk, why):
    desk = open_desk(queue(park_after_ms=MINUTE))
    staff(desk, messaging=1)
    desk.work("old")
    desk.do(AgentReplied("old", "m1", desk.now, "aoi"))
    desk.after(MINUTE)
    if why == "agent_full":
        desk.work("busy-with")
    else:
        desk.presence("aoi", "away")
    desk.now += 1
    desk.work("young")
    desk.do(CustomerWrote("old", "m2", desk.now))
    assert desk.seen(WorkRequeued)[0].reason == why
    staff(desk, "ben", messaging=1)
    assert desk.holder("old") == "ben"


def test_closing_parked_work_needs_no_wrap_up_and_frees_nothing_twice(open_desk):
    desk = open_desk(queue(park_after_ms=MINUTE, wrap_up_ms=MINUTE))
    staff(desk, messaging=1)
    desk.work("case-1")
    desk.do(AgentReplied("case-1", "m1", desk.now, "aoi"))
    desk.after(MINUTE)
    desk.do(WorkClosed("case-1", "x", desk.now))
    assert "case-1" not in desk.engine.state.work
    assert desk.engine.state.agents["aoi"].room(MESSAGING) == 1


def test_wrap_up_until_the_agent_ends_it_is_bounded(open_desk):
    desk = open_desk(queue(wrap_up=WrapUp.UNTIL_ENDED, wrap_up_ms=5 * MINUTE))
    staff(desk, messaging=1)
    for case_id in ("case-1", "case-2", "case-3"):
        desk.work(case_id)
    desk.do(WorkClosed("case-1", "x", desk.now))
    desk.after(5 * MINUTE - 1)
    assert desk.engine.state.work["case-1"].state is WorkState.WRAPPING
    desk.after(1)
    assert desk.holder("case-2") == "aoi"
    desk.do(WorkClosed("case-2", "x", desk.now))
    desk.do(EndWrapUp("case-2", "aoi"))
    assert desk.holder("case-3") == "aoi"


def test_wrap_up_none_frees_at_once_and_unbounded_is_an_hour(open_desk):
    desk = open_desk(queue(wrap_up=WrapUp.NONE), queue("slow", wrap_up=WrapUp.UNTIL_ENDED))
    staff(desk, queues=("support", "slow"), messaging=1)
    desk.work("case-1")
    desk.work("case-2", queue="slow")
    desk.do(WorkClosed("case-1", "x", desk.now))
    assert desk.holder("case-2") == "aoi"
    desk.do(WorkClosed("case-2", "x", desk.now))
    assert desk.seen(WrapUpStarted)[0].until == desk.now + 60 * MINUTE


@pytest.mark.parametrize("state", [WorkState.QUEUED, WorkState.OFFERED, WorkState.ASSIGNED])
def test_a_supervisor_forces_an_assignment_over_capacity_and_it_is_audited(open_desk, state):
    desk = open_desk(QueueConfig("support"))
    staff(desk, "ben", messaging=1)
    desk.work("held")
    desk.accept("held")
    if state is not WorkState.QUEUED:
        staff(desk, "aoi", messaging=1)
    desk.work("case-1")
    if state is WorkState.ASSIGNED:
        desk.accept("case-1")
    assert desk.engine.state.work["case-1"].state is state
    desk.do(ForceAssign("case-1", "ben", "boss", "vip"))
    forced = desk.seen(WorkForced)[0]
    assert (forced.by, forced.reason, forced.over) == ("boss", "vip", {MESSAGING: 1})
    assert desk.holder("case-1") == "ben"
    desk.work("next")
    desk.do(WorkClosed("held", "x", desk.now))
    assert desk.engine.state.agents["ben"].excess == {}
    assert desk.holder("next") != "ben"


def test_force_assign_refuses_who_is_out_of_reach(open_desk):
    desk = open_desk(queue(wrap_up_ms=MINUTE))
    staff(desk, messaging=1)
    desk.work("case-1")
    assert desk.do(ForceAssign("case-1", "aoi", "boss")).refused.code == "same_agent"
    assert desk.do(ForceAssign("case-1", "ghost", "boss")).refused.code == "unknown_agent"
    desk.agent("ben", presence="offline")
    assert desk.do(ForceAssign("case-1", "ben", "boss")).refused.code == "agent_absent"
    desk.do(WorkClosed("case-1", "x", desk.now))
    assert desk.do(ForceAssign("case-1", "ben", "boss")).refused.code == "work_closed"


def test_consult_and_monitor_consume_nothing_and_end_with_the_assignment(open_desk):
    desk = open_desk(queue())
    staff(desk, messaging=1)
    desk.work("case-1")
    staff(desk, "ben", messaging=1)
    staff(desk, "chie", queues=(), messaging=1)
    assert desk.do(StartConsult("case-1", "ben")).refused is None
    assert desk.do(StartConsult("case-1", "chie", "monitor")).refused is None
    assert desk.do(StartConsult("case-1", "ben")).refused.code == "already_consulted"
    assert desk.do(StartConsult("case-1", "aoi")).refused.code == "same_agent"
    assert desk.do(StartConsult("case-1", "ben", "stare")).refused.code == "consult_kind_unknown"
    desk.work("case-2")
    assert desk.holder("case-2") == "ben"
    desk.do(EndConsult("case-1", "ben"))
    assert desk.do(EndConsult("case-1", "ben")).refused.code == "not_consulted"
    desk.do(RemoveAgent("chie"))
    desk.do(StartConsult("case-1", "ben"))
    desk.do(WorkClosed("case-1", "x", desk.now))
    ended = [(event.agent_id, event.kind) for event in desk.seen(ConsultEnded)]
    assert ended == [("ben", "consult"), ("chie", "monitor"), ("ben", "consult")]


def test_presence_is_per_channel_class(open_desk):
    desk = open_desk(queue())
    staff(desk, messaging=1, voice=1)
    desk.do(SetPresence("aoi", "away", channel_class=VOICE))
    desk.work("call", channel_class=VOICE)
    desk.work("chat")
    assert (desk.holder("call"), desk.holder("chat")) == (None, "aoi")
    desk.do(SetPresence("aoi", "available", channel_class=VOICE))
    assert desk.holder("call") == "aoi"


def test_fractional_and_negative_units_are_refused(open_desk):
    for units in (0, -1, 1.5):
        with pytest.raises(RoutingConfigError, match="at least 1 unit"):
            open_desk(queue(), channel_units={MESSAGING: units})
