import pytest

from router.domain.commands import DeclineOffer, RemoveAgent, TransferWork, WorkClosed
from router.domain.config import QueueConfig, RoutingConfigError, Rule, SlaMetric, SlaPolicy
from router.domain.events import WorkOverflowed, WorkRelaxed, WorkTransferred
from router.domain.model import MetricName, QueueMode, SkillNeed, WorkState
from router.domain.policies import Preference, PreferredAgent

SECOND = 1_000


def queue(name="support", **changes):
    return QueueConfig(name, mode=QueueMode.AUTO_ASSIGN, **changes)


def sticky(wait=20 * SECOND, **changes):
    return {"rules": (Rule("all", lambda context: True, last_agent=Preference(wait), **changes),)}


def busy_desk(open_desk, *queues, **changes):
    desk = open_desk(*(queues or (queue(),)), **changes)
    desk.agent("aoi")
    desk.work("held")
    desk.now += 1
    desk.agent("ben")
    return desk


def test_work_waits_for_its_last_agent_and_then_goes_to_the_queue(open_desk):
    desk = busy_desk(open_desk, **sticky())
    desk.work("case-1", last_agent="aoi")
    assert desk.engine.explain("case-1", desk.now).candidates[0].obstacle is not None
    desk.after(20 * SECOND - 1)
    assert desk.holder("case-1") is None
    desk.after(1)
    assert desk.holder("case-1") == "ben"


def test_the_last_agent_takes_it_when_free_in_time(open_desk):
    desk = busy_desk(open_desk, **sticky())
    desk.work("case-1", last_agent="aoi")
    desk.after(5 * SECOND)
    desk.do(WorkClosed("held", "x", desk.now))
    assert desk.holder("case-1") == "aoi"


def test_an_offline_or_removed_last_agent_is_not_waited_for(open_desk):
    desk = busy_desk(open_desk, **sticky())
    desk.agent("chie", presence="offline")
    desk.work("case-1", last_agent="chie")
    assert desk.holder("case-1") == "ben"
    desk.do(WorkClosed("held", "x", desk.now))
    desk.presence("aoi", "busy")
    for number, leave in enumerate((lambda: desk.presence("aoi", "offline"), lambda: desk.do(RemoveAgent("aoi")))):
        desk.do(WorkClosed(f"case-{number + 1}", "x", desk.now))
        if number:
            desk.presence("aoi", "busy")
        desk.work(f"case-{number + 2}", last_agent="aoi")
        assert desk.holder(f"case-{number + 2}") is None
        leave()
        assert desk.holder(f"case-{number + 2}") == "ben"
    assert {event.reason for event in desk.seen(WorkRelaxed)} == {"agent_offline"}


def test_an_away_last_agent_is_waited_for(open_desk):
    desk = busy_desk(open_desk, **sticky())
    desk.presence("aoi", "away")
    desk.work("case-1", last_agent="aoi")
    desk.after(19 * SECOND)
    assert desk.holder("case-1") is None
    desk.after(1 * SECOND)
    assert desk.holder("case-1") == "ben"


def test_preferred_agents_are_waited_for_one_after_the_other(open_desk):
    preferred = (PreferredAgent("aoi", Preference(10 * SECOND)), PreferredAgent("chie", Preference(5 * SECOND)))
    desk = busy_desk(open_desk, rules=(Rule("all", lambda context: True, preferred=preferred),))
    desk.agent("chie", presence="busy")
    desk.work("case-1")
    assert desk.engine.state.work["case-1"].step == 0
    desk.after(10 * SECOND)
    assert desk.engine.state.work["case-1"].step == 1
    desk.after(5 * SECOND)
    assert desk.holder("case-1") == "ben"


@pytest.mark.parametrize("flag", ["presence", "capacity", "skills"])
def test_what_a_preference_does_not_respect_is_not_in_the_way(open_desk, flag):
    preference = Preference(10 * SECOND, **{f"respects_{flag}": False})
    preferred = (PreferredAgent("aoi", preference),)
    rule = Rule("all", lambda context: True, preferred=preferred, skills=(SkillNeed("billing"),))
    desk = open_desk(queue(), rules=(rule,))
    skills = {} if flag == "skills" else {"billing": 3}
    desk.agent("aoi", skills=skills, room=0 if flag == "capacity" else 1)
    if flag == "presence":
        desk.presence("aoi", "busy")
    desk.work("case-1")
    assert desk.holder("case-1") == "aoi"


def test_a_declined_sticky_offer_goes_on_at_once(open_desk):
    desk = open_desk(QueueConfig("support"), **sticky())
    desk.agent("aoi")
    desk.agent("ben")
    desk.work("case-1", last_agent="aoi")
    offer = desk.offer_of("case-1")
    assert offer.agent_id == "aoi"
    desk.do(DeclineOffer("case-1", offer.offer_id, "aoi"))
    assert desk.offer_of("case-1").agent_id == "ben"


def test_the_fallback_queue_follows_the_last_preferred_agent(open_desk):
    desk = busy_desk(open_desk, queue(), queue("later"), **sticky(fallback="later"))
    desk.work("case-1", last_agent="aoi")
    desk.after(20 * SECOND)
    assert desk.engine.state.work["case-1"].queue == "later"
    assert desk.seen(WorkOverflowed)[0].why == "preferred_agents"


def test_up_to_three_agents_are_preferred(open_desk):
    preferred = tuple(PreferredAgent(f"agent-{number}") for number in range(4))
    with pytest.raises(RoutingConfigError, match=r"rules\.all\.preferred: names up to 3 agents"):
        open_desk(queue(), rules=(Rule("all", lambda context: True, preferred=preferred),))


def test_a_transfer_to_an_agent_waits_for_that_agent_even_outside_the_queue(open_desk):
    desk = busy_desk(open_desk)
    desk.agent("chie", queues=())
    desk.do(TransferWork("held", "aoi", to_agent="chie", note="knows the customer"))
    assert desk.holder("held") == "chie"
    transferred = desk.seen(WorkTransferred)[0]
    assert (transferred.by, transferred.to_agent, transferred.note) == ("aoi", "chie", "knows the customer")


def test_a_transfer_to_a_busy_agent_goes_to_the_queue_after_its_wait(open_desk):
    desk = busy_desk(open_desk, queue(transfer_wait_ms=10 * SECOND))
    desk.work("bens")
    assert desk.holder("bens") == "ben"
    desk.do(TransferWork("held", "aoi", to_agent="ben"))
    assert desk.holder("held") is None
    desk.after(10 * SECOND)
    assert desk.holder("held") == "aoi"


def test_a_transfer_to_a_queue_does_not_come_back_to_who_handed_it_on(open_desk):
    desk = open_desk(queue(), queue("sales"))
    desk.agent("aoi", queues=("support", "sales"))
    desk.work("case-1")
    desk.do(TransferWork("case-1", "aoi", to_queue="sales"))
    assert desk.holder("case-1") is None
    desk.agent("ben", queues=("sales",))
    assert desk.holder("case-1") == "ben"


def test_a_transfer_to_skills_stays_in_the_queue(open_desk):
    desk = open_desk(queue())
    desk.agent("aoi", skills={"french": 1})
    desk.work("case-1")
    desk.agent("ben")
    desk.agent("chie", skills={"french": 7})
    desk.do(TransferWork("case-1", "aoi", to_skills=(SkillNeed("french", 5),)))
    assert desk.holder("case-1") == "chie"


def test_a_transfer_starts_its_own_wait_clock_and_keeps_the_sla_clocks_and_the_age(open_desk):
    policy = SlaPolicy("standard", 1, (SlaMetric(MetricName.RESOLUTION, 600 * SECOND),))
    desk = open_desk(queue(), queue("sales"), sla_policies=(policy,))
    desk.agent("aoi")
    desk.work("case-1")
    before = desk.engine.state.work["case-1"]
    clocks, aged_from = dict(before.clocks), before.aged_from
    desk.now += 50 * SECOND
    desk.do(TransferWork("case-1", "aoi", to_queue="sales"))
    item = desk.engine.state.work["case-1"]
    assert (item.queued_at, item.relaxing_since, item.aged_from) == (desk.now, desk.now, aged_from)
    assert item.clocks == clocks
    assert clocks


def test_impossible_transfers_are_refused_with_stable_codes(open_desk):
    desk = open_desk(queue(wrap_up_ms=1_000))
    desk.agent("aoi")
    desk.work("case-1")
    desk.agent("ben", presence="offline")
    codes = {
        "transfer_target_invalid": TransferWork("case-1", "aoi"),
        "unknown_queue": TransferWork("case-1", "aoi", to_queue="nowhere"),
        "unknown_agent": TransferWork("case-1", "aoi", to_agent="ghost"),
        "agent_absent": TransferWork("case-1", "aoi", to_agent="ben"),
        "same_agent": TransferWork("case-1", "aoi", to_agent="aoi"),
        "work_not_yours": TransferWork("case-1", "ben", to_queue="support"),
        "unknown_skill": TransferWork("case-1", "aoi", to_skills=(SkillNeed("japanes", 3),)),
        "skill_level_invalid": TransferWork("case-1", "aoi", to_skills=(SkillNeed("x", 11),)),
        "unknown_work": TransferWork("case-9", "aoi", to_queue="support"),
    }
    before = desk.engine.state_hash()
    assert {code: desk.do(command).refused.code for code, command in codes.items()} == {code: code for code in codes}
    assert desk.engine.state_hash() == before
    desk.do(WorkClosed("case-1", "x", desk.now))
    assert desk.engine.state.work["case-1"].state is WorkState.WRAPPING
    assert desk.do(TransferWork("case-1", "aoi", to_queue="support")).refused.code == "work_closed"
