import pytest

from router.domain.commands import ConfigureAgent, RequeueWork, TransferWork, WorkClosed
from router.domain.config import QueueConfig, RoutingConfigError, Rule
from router.domain.engine import Engine
from router.domain.events import WorkRelaxed
from router.domain.model import AssignmentMethod, ChannelClass, QueueMode, SkillNeed
from router.domain.policies import RelaxationStep
from router.domain.records import agent_record, work_record
from router.domain.requirements import AllOf, AnyOf, NoneOf, OneOfAgents
from router.domain.state import State

SECOND = 1_000


def queue(name="support", **changes):
    return QueueConfig(name, mode=QueueMode.AUTO_ASSIGN, **changes)


def need(level, name="billing", at_most=10):
    return (SkillNeed(name, level, at_most),)


def relaxing(*steps):
    return {"rules": (Rule("all", lambda context: True, relaxation=steps),)}


@pytest.mark.parametrize(
    ("required", "takers"),
    [
        ((SkillNeed("billing", 5),), {"expert", "both"}),
        ((SkillNeed("billing", 1, 4),), {"novice"}),
        ((OneOfAgents(("novice", "plain")),), {"novice", "plain"}),
        ((AllOf((SkillNeed("billing", 1), SkillNeed("french", 1))),), {"both"}),
        ((AnyOf((SkillNeed("french", 1), SkillNeed("billing", 9))),), {"expert", "both"}),
        ((NoneOf((SkillNeed("billing", 1),)),), {"plain"}),
        ((SkillNeed("billing", 1), NoneOf((OneOfAgents(("novice",)), SkillNeed("french")))), {"expert"}),
    ],
)
def test_requirements_combine_levels_ranges_agents_and_or_not(open_desk, required, takers):
    desk = open_desk(queue(), rules=(Rule("all", lambda context: True, skills=required),))
    skills = {"expert": {"billing": 9}, "novice": {"billing": 2}, "both": {"billing": 5, "french": 3}, "plain": {}}
    for agent_id, levels in skills.items():
        desk.agent(agent_id, skills=levels, room=12)
    seen = set()
    for number in range(12):
        desk.now += 1
        desk.work(f"case-{number}")
        seen.add(desk.holder(f"case-{number}"))
    assert seen == takers


def test_an_agent_who_leaves_the_queue_as_a_step_ends_gets_none_of_its_work(open_desk):
    desk = open_desk(queue(), queue("sales"), **relaxing(RelaxationStep(need(8), 10 * SECOND)))
    desk.agent("aoi", skills={"billing": 1})
    desk.work("case-1")
    desk.now += 10 * SECOND
    desk.do(ConfigureAgent("aoi", "aoi", ("sales",), {"billing": 1}, {ChannelClass.MESSAGING: 1}))
    desk.do(RequeueWork("case-1"))
    assert desk.holder("case-1") is None
    desk.agent("ken", skills={})
    assert desk.holder("case-1") == "ken"


def test_steps_replace_the_requirement_at_their_seconds_and_then_anyone_in_the_queue(open_desk):
    steps = (RelaxationStep(need(8), 10 * SECOND), RelaxationStep(need(4), 20 * SECOND))
    desk = open_desk(queue(), **relaxing(*steps))
    desk.agent("expert", skills={"billing": 9}, presence="offline")
    for case_id in ("first", "second", "third"):
        desk.work(case_id)
    desk.agent("plain", skills={})
    desk.agent("half", skills={"billing": 4})
    desk.after(10 * SECOND - 1)
    assert desk.assigned() == []
    desk.after(1)
    assert desk.assigned() == [("first", "half")]
    desk.after(10 * SECOND)
    assert desk.assigned() == [("first", "half"), ("second", "plain")]
    assert [event.step for event in desk.seen(WorkRelaxed) if event.case_id == "third"] == [1, 2]


def test_a_step_without_an_end_never_relaxes(open_desk):
    desk = open_desk(queue(), **relaxing(RelaxationStep(need(8), SECOND), RelaxationStep(need(4))))
    desk.agent("plain")
    desk.work("case-1")
    desk.after(10_000_000)
    assert desk.holder("case-1") is None
    assert desk.engine.explain("case-1", desk.now).skills == need(4)


def test_bullseye_earlier_groups_stay_eligible_and_outrank_later_ones(open_desk):
    inner, outer = OneOfAgents(("aoi", "ben")), OneOfAgents(("chie", "dan"))
    steps = (RelaxationStep((inner,), 10 * SECOND), RelaxationStep((outer,), None, widens=True))
    desk = open_desk(queue(), **relaxing(*steps))
    desk.agent("chie")
    desk.now += 1
    desk.work("case-1")
    desk.after(9_999)
    assert desk.holder("case-1") is None
    desk.after(1)
    assert desk.holder("case-1") == "chie"
    desk.work("case-2")
    desk.after(10 * SECOND)
    desk.agent("dan", presence="offline")
    desk.agent("aoi", presence="offline")
    desk.do(WorkClosed("case-2", "gone", desk.now))
    desk.presence("dan", "available")
    desk.now += 1
    desk.presence("aoi", "available")
    desk.work("case-3")
    assert desk.holder("case-3") == "aoi"
    ring = {candidate.agent_id: candidate.ring for candidate in desk.engine.explain("case-1", desk.now).candidates}
    assert (ring["aoi"], ring["chie"]) == (0, 1)


def test_the_clock_of_relaxation_survives_a_restart(open_desk):
    desk = open_desk(queue(), **relaxing(RelaxationStep(need(8), 10 * SECOND)))
    desk.agent("plain")
    desk.work("case-1")
    desk.after(6 * SECOND)
    state = desk.engine.state
    rows = [work_record(item) for item in state.work.values()], [agent_record(a) for a in state.agents.values()]
    desk.engine = Engine(
        desk.config, State.from_records(*rows, shares=state.shares, answered_waits=state.answered_waits)
    )
    desk.after(3_999)
    assert desk.holder("case-1") is None
    desk.after(1)
    assert desk.holder("case-1") == "plain"


def test_giving_work_back_keeps_the_clock_and_a_transfer_begins_it_anew(open_desk):
    desk = open_desk(queue(), queue("other"), **relaxing(RelaxationStep(need(8), 10 * SECOND)))
    desk.agent("expert", skills={"billing": 9})
    desk.work("case-1")
    desk.now += 4 * SECOND
    desk.do(RequeueWork("case-1", "expert", "no"))
    assert desk.engine.state.work["case-1"].relaxing_since == desk.now - 4 * SECOND
    desk.do(TransferWork("case-1", to_queue="other"))
    assert desk.engine.state.work["case-1"].relaxing_since == desk.now


def test_seen_ring_and_best_skill_interacting_by_surprise_one_total_order_is_shown(open_desk):
    """The earlier ring first, then the higher proficiency, then the longest idle, then the id: as the explanation says."""
    wide = (RelaxationStep(need(8), 5 * SECOND), RelaxationStep((), None, widens=True))
    desk = open_desk(queue(method=AssignmentMethod.BEST_SKILL), **relaxing(*wide))
    desk.work("blocker")
    desk.after(5 * SECOND)
    desk.do(WorkClosed("blocker", "x", desk.now))
    for agent_id, level in (("dan", 0), ("chie", 7), ("ben", 8), ("aoi", 10)):
        desk.agent(agent_id, skills={"billing": level} if level else {}, presence="busy")
    desk.work("case-1")
    desk.after(5 * SECOND)
    desk.do(WorkClosed("case-1", "x", desk.now))
    for agent_id in ("dan", "chie", "ben", "aoi"):
        desk.now += 1
        desk.presence(agent_id, "available")
    desk.presence("aoi", "busy")
    desk.presence("ben", "busy")
    desk.work("case-2")
    candidates = desk.engine.explain("case-2", desk.now).candidates
    shown = [each.agent_id for each in sorted(candidates, key=lambda each: each.order)]
    desk.do(WorkClosed("case-2", "x", desk.now))
    desk.presence("ben", "available")
    desk.presence("aoi", "available")
    for number in range(4):
        desk.work(f"new-{number}")
    desk.after(5 * SECOND)
    assert [agent for _, agent in desk.assigned()] == ["aoi", "ben", "dan", "chie"]
    assert shown[:2] == ["aoi", "ben"]


def test_best_skill_among_many_idle_agents_asks_the_most_proficient(open_desk):
    desk = open_desk(queue(method=AssignmentMethod.BEST_SKILL))
    for number in range(10):
        desk.agent(f"agent-{number}", skills={"billing": number + 1})
        desk.now += 1
    for number in range(3):
        desk.work(f"case-{number}", ("billing", 3))
    assert [agent for _, agent in desk.assigned()] == ["agent-9", "agent-8", "agent-7"]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({"skills": need(1), "relaxation": (RelaxationStep(need(2)),)}, "has skills and relaxation"),
        ({"relaxation": (RelaxationStep(need(2)), RelaxationStep(need(1)))}, "only the last step may have no end"),
        ({"relaxation": (RelaxationStep(need(2), 2), RelaxationStep(need(1), 2))}, "go upwards"),
        ({"relaxation": (RelaxationStep(need(11), 2),)}, "a level is 1 to 10"),
        ({"skills": need(5, at_most=4)}, "a range goes upwards"),
        ({"skills": (AnyOf(()),)}, "needs at least one part"),
        ({"skills": (OneOfAgents(()),)}, "names at least one"),
    ],
)
def test_impossible_steps_are_refused_with_their_place(open_desk, rule, sentence):
    with pytest.raises(RoutingConfigError, match=rf"rules\.all.*{sentence}"):
        open_desk(queue(), rules=(Rule("all", lambda context: True, **rule),))
