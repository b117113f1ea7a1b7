import pytest

from router.domain.commands import ConfigureAgent, HeartbeatReceived, SetPresence
from router.domain.config import QueueConfig
from router.domain.events import HeartbeatLost, HeartbeatRestored, OfferEnded, PresenceChanged, WorkRequeued
from router.domain.model import ChannelClass, Presence, QueueMode
from router.domain.policies import AbsencePolicy
from router.domain.state import State

SECOND = 1_000


def queue(name="support", **changes):
    return QueueConfig(name, mode=QueueMode.AUTO_ASSIGN, **changes)


def beat(desk, lease=10 * SECOND, agent_id="aoi"):
    return desk.do(HeartbeatReceived(agent_id, lease))


def staff(desk, agent_id="aoi"):
    room = {ChannelClass.LIVE: 2, ChannelClass.MESSAGING: 2, ChannelClass.ASYNC: 2}
    desk.do(ConfigureAgent(agent_id, agent_id, ("support",), {}, room))
    desk.presence(agent_id, "available")


def test_a_lost_heartbeat_gets_a_grace_period_and_then_the_agent_is_offline(open_desk):
    desk = open_desk(queue())
    staff(desk)
    beat(desk)
    desk.after(10 * SECOND - 1)
    desk.work("in-time")
    assert desk.holder("in-time") == "aoi"
    desk.after(1)
    lost = desk.seen(HeartbeatLost)[0]
    assert lost.offline_at == desk.now + 30 * SECOND
    desk.work("too-late")
    assert desk.holder("too-late") is None
    assert desk.engine.explain("too-late", desk.now).candidates[0].obstacle == "heartbeat_lost"
    desk.after(30 * SECOND)
    changed = desk.seen(PresenceChanged)[-1]
    assert (changed.presence, changed.source) == (Presence.OFFLINE, "heartbeat_lost")


def test_a_heartbeat_within_the_grace_period_makes_up_for_the_lost_one(open_desk):
    desk = open_desk(queue())
    staff(desk)
    beat(desk)
    desk.after(20 * SECOND)
    desk.work("case-1")
    beat(desk)
    assert desk.seen(HeartbeatRestored)[0].agent_id == "aoi"
    assert desk.holder("case-1") == "aoi"
    desk.after(9 * SECOND)
    beat(desk)
    desk.after(9 * SECOND)
    assert desk.engine.state.agents["aoi"].presence is Presence.AVAILABLE


def test_offers_of_an_agent_who_went_offline_are_withdrawn_at_once(open_desk):
    desk = open_desk(QueueConfig("support", offer_timeout_ms=600 * SECOND))
    staff(desk)
    beat(desk)
    desk.work("case-1")
    desk.after(40 * SECOND)
    assert [event.how.value for event in desk.seen(OfferEnded)] == ["withdrawn"]


def test_live_work_of_an_offline_agent_waits_again_after_abandon_after_and_the_rest_stays(open_desk):
    desk = open_desk(queue(), absence=AbsencePolicy(abandon_after_ms=20 * SECOND))
    staff(desk)
    desk.work("chat", channel_class=ChannelClass.LIVE)
    desk.work("mail", channel_class=ChannelClass.ASYNC)
    desk.presence("aoi", "offline")
    desk.after(20 * SECOND - 1)
    assert desk.holder("chat") == "aoi"
    desk.after(1)
    assert [(event.case_id, event.reason) for event in desk.seen(WorkRequeued)] == [("chat", "agent_offline")]
    staff(desk, "ben")
    desk.after(10_000 * SECOND)
    assert (desk.holder("chat"), desk.holder("mail")) == ("ben", "aoi")


def test_async_work_returns_by_policy(open_desk):
    desk = open_desk(queue(), absence=AbsencePolicy(return_after_ms=3_600 * SECOND))
    staff(desk)
    desk.work("mail", channel_class=ChannelClass.ASYNC)
    desk.presence("aoi", "offline")
    staff(desk, "ben")
    desk.after(3_599 * SECOND)
    assert desk.holder("mail") == "aoi"
    desk.after(SECOND)
    assert desk.holder("mail") == "ben"


def test_an_agent_who_is_back_in_time_keeps_live_work(open_desk):
    desk = open_desk(queue())
    staff(desk)
    desk.work("chat", channel_class=ChannelClass.LIVE)
    desk.presence("aoi", "offline")
    desk.after(59 * SECOND)
    desk.presence("aoi", "available")
    desk.after(600 * SECOND)
    assert desk.holder("chat") == "aoi"


def test_an_agent_without_heartbeats_is_never_lost(open_desk):
    desk = open_desk(queue())
    staff(desk)
    desk.after(10_000 * SECOND)
    assert desk.engine.state.agents["aoi"].presence is Presence.AVAILABLE


@pytest.mark.parametrize("lease", [0, -1, 1.5, 3_600_001])
def test_an_impossible_lease_is_refused(open_desk, lease):
    desk = open_desk(queue())
    staff(desk)
    assert beat(desk, lease).refused.code == "lease_invalid"
    assert beat(desk, 1, "ghost").refused.code == "unknown_agent"


def test_a_missed_offer_can_set_presence(open_desk):
    desk = open_desk(QueueConfig("support", presence_on_missed_offer=Presence.AWAY))
    staff(desk)
    desk.work("case-1")
    desk.after(30 * SECOND)
    changed = desk.seen(PresenceChanged)[-1]
    assert (changed.presence, changed.source) == (Presence.AWAY, "missed_offers")


def test_a_custom_presence_maps_to_one_of_the_four(open_desk):
    desk = open_desk(queue(), presences={"lunch": Presence.AWAY, "training": Presence.BUSY})
    staff(desk)
    desk.presence("aoi", "training")
    assert desk.seen(PresenceChanged)[-1].presence_name == "training"
    desk.work("case-1")
    assert desk.engine.explain("case-1", desk.now).candidates[0].obstacle == "busy"


def test_who_is_offline_for_one_channel_class_keeps_its_time_whatever_becomes_of_another(open_desk):
    desk = open_desk(queue(), absence=AbsencePolicy(abandon_after_ms=20 * SECOND))
    room = {ChannelClass.LIVE: 1, ChannelClass.VOICE: 1, ChannelClass.MESSAGING: 1}
    desk.do(ConfigureAgent("aoi", "Aoi", ("support",), {}, room))
    desk.presence("aoi", "available")
    for name in (ChannelClass.LIVE, ChannelClass.VOICE, ChannelClass.MESSAGING):
        desk.work(name.value, channel_class=name)
    desk.do(SetPresence("aoi", "offline", "agent", ChannelClass.LIVE))
    desk.after(15 * SECOND)
    desk.do(SetPresence("aoi", "offline", "agent", ChannelClass.VOICE))
    desk.do(SetPresence("aoi", "away", "agent", ChannelClass.MESSAGING))
    desk.after(5 * SECOND - 1)
    assert not desk.seen(WorkRequeued)
    desk.after(1)
    assert [event.case_id for event in desk.seen(WorkRequeued)] == ["live"]
    desk.after(15 * SECOND - 1)
    assert desk.holder("voice") == "aoi"
    desk.after(1)
    assert [event.case_id for event in desk.seen(WorkRequeued)] == ["live", "voice"]
    assert desk.holder("messaging") == "aoi"


def test_presences_of_channel_classes_survive_a_restart_with_source_and_since(open_desk):
    desk = open_desk(queue(), presences={"lunch": Presence.AWAY})
    staff(desk)
    desk.do(SetPresence("aoi", "lunch", "end_of_shift", ChannelClass.LIVE))
    since = desk.now
    desk.after(SECOND)
    desk.do(SetPresence("aoi", "lunch", "agent", ChannelClass.LIVE))
    records = desk.engine.state.records()
    agent = State.from_records(**records).agents["aoi"]
    assert agent == desk.engine.state.agents["aoi"]
    fact = agent.presence_fact(ChannelClass.LIVE)
    assert (fact.name, fact.source, fact.since) == ("lunch", "end_of_shift", since), "the same again changes nothing"
    assert agent.presence_fact(ChannelClass.ASYNC).name == "available"
