import pytest

from router.domain.commands import AcceptOffer, ConfigureAgent, DeclineOffer, PickWork, RequeueWork, WorkClosed
from router.domain.config import QueueConfig
from router.domain.events import AutoOfferStopped, OfferEnded, WorkAssigned, WorkDone, WorkOffered
from router.domain.model import ChannelClass, OfferOutcome, Presence, QueueMode, WorkState


def test_an_offer_accepted_in_time_becomes_the_assignment(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    offer = desk.offer_of("case-1")
    assert offer.expires_at == desk.now + 30_000
    desk.now += 29_999
    decision = desk.accept("case-1")
    assert decision.refused is None
    assert [type(event) for event in decision.events] == [WorkAssigned]
    assert desk.engine.state.work["case-1"].state is WorkState.ASSIGNED


def test_accept_after_expiry_is_refused(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    offer = desk.offer_of("case-1")
    desk.now = offer.expires_at
    decision = desk.do(AcceptOffer("case-1", offer.offer_id, "aoi"))
    assert decision.refused is not None
    assert decision.refused.code == "offer_expired"
    assert desk.assigned() == []
    assert desk.seen(OfferEnded)[0].how is OfferOutcome.TIMED_OUT


def test_a_second_accept_is_refused_and_harmless(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    desk.accept("case-1")
    before = desk.engine.state_hash()
    again = desk.accept("case-1")
    assert again.refused.code == "offer_already_accepted"
    assert again.events == ()
    assert desk.engine.state_hash() == before


@pytest.mark.parametrize("command", [AcceptOffer, DeclineOffer])
def test_another_agent_cannot_answer_an_offer(open_desk, command):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    desk.agent("ben")
    offer = desk.offer_of("case-1")
    assert desk.do(command("case-1", offer.offer_id, "ben")).refused.code == "offer_not_yours"
    assert desk.do(command("case-1", "no-such-offer", "aoi")).refused.code == "unknown_offer"
    assert desk.do(command("case-9", offer.offer_id, "aoi")).refused.code == "unknown_work"
    assert desk.holder("case-1") == "aoi"


def test_a_declined_offer_goes_to_another_agent_first(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.after(1)
    desk.agent("ben")
    desk.work("case-1")
    desk.decline("case-1")
    assert desk.offered() == [("case-1", "aoi"), ("case-1", "ben")]


def test_after_three_declines_and_time_outs_an_agent_is_not_asked_again(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    desk.decline("case-1")
    desk.after(30_000)
    desk.decline("case-1")
    assert desk.offered() == [("case-1", "aoi")] * 3
    assert desk.holder("case-1") is None
    desk.work("case-2")
    assert desk.holder("case-2") == "aoi"
    assert desk.engine.explain("case-1", desk.now).obstacles == {"excluded": 1}


def test_too_many_declines_over_all_agents_stop_auto_offering_with_an_alert(open_desk):
    desk = open_desk(QueueConfig("support", max_declines=4))
    desk.agent("aoi")
    desk.agent("ben")
    desk.work("case-1")
    for _ in range(4):
        desk.decline("case-1")
    alert = desk.seen(AutoOfferStopped)
    assert [(event.case_id, event.declines) for event in alert] == [("case-1", 4)]
    desk.agent("chie")
    assert desk.holder("case-1") is None
    assert desk.do(PickWork("case-1", "chie")).refused is None
    assert desk.holder("case-1") == "chie"


def test_an_offer_reserves_capacity(open_desk):
    desk = open_desk()
    desk.agent("aoi", room=1)
    desk.work("case-1")
    desk.work("case-2")
    assert desk.offered() == [("case-1", "aoi")]
    assert desk.engine.explain("case-2", desk.now).obstacles == {"no_capacity": 1}


def test_a_missed_offer_can_set_presence(open_desk):
    desk = open_desk(QueueConfig("support", presence_on_missed_offer=Presence.AWAY))
    desk.agent("aoi")
    desk.work("case-1")
    desk.after(30_000)
    agent = desk.engine.state.agents["aoi"]
    assert (agent.presence, agent.presence_source) == (Presence.AWAY, "missed_offers")
    assert desk.holder("case-1") is None


def test_going_away_withdraws_offers_and_keeps_the_age_of_the_work(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("old")
    desk.now += 5_000
    desk.work("new")
    desk.presence("aoi", "away")
    assert desk.seen(OfferEnded)[-1].how is OfferOutcome.WITHDRAWN
    assert desk.engine.state.work["old"].total_declines == 0
    desk.agent("ben")
    assert desk.offered()[-1] == ("old", "ben")


def test_an_agent_who_loses_the_skill_loses_the_offer(open_desk):
    desk = open_desk()
    desk.agent("aoi", skills={"billing": 5})
    desk.work("case-1", ("billing", 5))
    desk.do(ConfigureAgent("aoi", "Aoi", ("support",), {"billing": 4}, {ChannelClass.MESSAGING: 1}))
    assert desk.holder("case-1") is None
    assert desk.engine.explain("case-1", desk.now).obstacles == {"unskilled": 1}


def test_closing_withdraws_the_offer(open_desk):
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    desk.do(WorkClosed("case-1", "spam", desk.now))
    assert desk.seen(WorkDone)[0].agent_id is None
    refused = desk.accept("case-1").refused
    assert refused.code == "work_closed"
    desk.work("case-2")
    assert desk.holder("case-2") == "aoi"


def test_work_of_a_pick_queue_waits_for_an_agent_to_choose(open_desk):
    desk = open_desk(QueueConfig("support", mode=QueueMode.PICK))
    desk.agent("aoi")
    desk.agent("ben", queues=())
    desk.agent("chie", presence="offline")
    desk.work("case-1")
    assert desk.seen(WorkOffered) == []
    assert desk.do(PickWork("case-1", "ben")).refused.code == "agent_not_in_queue"
    assert desk.do(PickWork("case-1", "chie")).refused.code == "agent_absent"
    assert desk.do(PickWork("case-1", "nobody")).refused.code == "unknown_agent"
    assert desk.do(PickWork("case-1", "aoi")).refused is None
    assert desk.do(PickWork("case-1", "aoi")).refused.code == "already_assigned"
    desk.work("case-2")
    assert desk.do(PickWork("case-2", "aoi")).refused.code == "no_capacity"


def test_work_of_other_queues_cannot_be_picked(open_desk):
    desk = open_desk()
    desk.agent("aoi", presence="busy")
    desk.work("case-1")
    assert desk.do(PickWork("case-1", "aoi")).refused.code == "not_pickable"


def test_an_agent_who_gives_work_back_does_not_get_it_again(open_desk):
    desk = open_desk(QueueConfig("support", mode=QueueMode.AUTO_ASSIGN))
    desk.agent("aoi")
    desk.work("case-1")
    assert desk.do(RequeueWork("case-1", "ben")).refused.code == "work_not_yours"
    desk.do(RequeueWork("case-1", "aoi", "not my language"))
    assert desk.holder("case-1") is None
    desk.do(RequeueWork("case-1", None, "try again"))
    assert desk.holder("case-1") == "aoi"
