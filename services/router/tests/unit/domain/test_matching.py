import pytest

from router.domain.commands import (
    ConfigureAgent,
    EndWrapUp,
    RemoveAgent,
    RequeueWork,
    SetPresence,
    WorkClosed,
    WorkRequested,
)
from router.domain.config import QueueConfig, QueueShare, RoutingConfigError, Rule
from router.domain.events import AssignmentEnded, WorkQueued, WorkRequeued, WrapUpStarted
from router.domain.model import AssignmentMethod, ChannelClass, QueueMode, WorkState

AUTO = QueueMode.AUTO_ASSIGN
MINUTE = 60_000


def auto(name="support", **changes):
    return QueueConfig(name, mode=AUTO, **changes)


def test_the_longest_idle_agent_is_asked_first(open_desk):
    desk = open_desk(auto())
    for agent_id in ("chie", "aoi", "ben"):
        desk.agent(agent_id, room=2)
        desk.now += 1
    for number in range(5):
        desk.work(f"case-{number}")
        desk.now += 1
    assert [agent for _, agent in desk.assigned()] == ["chie", "aoi", "ben", "chie", "aoi"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        (AssignmentMethod.MOST_CAPACITY, ["ben", "aoi", "ben", "aoi"]),
        (AssignmentMethod.LEAST_ACTIVE, ["aoi", "ben", "aoi", "ben"]),
        (AssignmentMethod.ROUND_ROBIN, ["aoi", "ben", "aoi", "ben"]),
        (AssignmentMethod.BEST_SKILL, ["ben", "ben", "ben", "aoi"]),
    ],
)
def test_each_assignment_method_has_its_order(open_desk, method, expected):
    desk = open_desk(auto(method=method))
    desk.agent("aoi", room=2, skills={"billing": 5})
    desk.now += 1
    desk.agent("ben", room=3, skills={"billing": 9})
    for number in range(4):
        desk.now += 1
        desk.work(f"case-{number}", ("billing", 3))
    assert [agent for _, agent in desk.assigned()] == expected


def test_ties_between_agents_are_broken_by_agent_id(open_desk):
    desk = open_desk(auto())
    desk.agent("ben", presence="offline")
    desk.agent("aoi", presence="offline")
    for agent_id in ("ben", "aoi"):
        desk.presence(agent_id, "available")
    desk.work("case-1")
    assert desk.holder("case-1") == "aoi"


def test_seen_blocks_of_100_work_nobody_can_take_hides_nothing(open_desk):
    desk = open_desk(auto())
    for number in range(150):
        desk.work(f"swahili-{number:03}", ("swahili", 1), priority=1)
    desk.now += 1
    desk.work("simple", priority=9)
    desk.agent("aoi")
    assert desk.assigned() == [("simple", "aoi")]


def test_seen_returning_customers_go_behind_a_returning_case_keeps_its_age(open_desk):
    desk = open_desk(auto())
    desk.work("waiting")
    desk.now += MINUTE
    desk.work("returning", reopened=True, original_created_at=desk.now - 10 * MINUTE)
    desk.agent("aoi")
    assert desk.assigned() == [("returning", "aoi")]


def test_reopened_work_joins_at_the_end_when_the_policy_says_so(open_desk):
    desk = open_desk(auto(), reopened_keeps_age=False)
    desk.work("waiting")
    desk.now += MINUTE
    desk.work("returning", reopened=True, original_created_at=desk.now - 10 * MINUTE)
    desk.agent("aoi")
    assert desk.assigned() == [("waiting", "aoi")]


def test_priority_then_age_orders_a_queue_and_ageing_raises_priority(open_desk):
    for rate, first in ((0.0, "urgent"), (0.5, "patient")):
        desk = open_desk(auto(ageing_points_per_minute=rate))
        desk.work("patient", priority=5)
        desk.now += 10 * MINUTE
        desk.work("urgent", priority=1)
        desk.agent("aoi")
        assert desk.assigned() == [(first, "aoi")]


def test_across_queues_the_queues_priority_counts_and_never_its_name(open_desk):
    desk = open_desk(auto("a-later", priority=5), auto("z-first", priority=1), auto("m-same", priority=1))
    desk.work("late", queue="a-later", priority=1)
    desk.now += 1
    desk.work("older", queue="z-first")
    desk.now += 1
    desk.work("younger", queue="m-same")
    desk.agent("aoi", queues=("a-later", "m-same", "z-first"), room=3)
    assert [case for case, _ in desk.assigned()] == ["older", "younger", "late"]


def test_seen_a_job_every_15_minutes_freed_capacity_is_used_at_once(open_desk):
    desk = open_desk(auto())
    desk.agent("aoi")
    desk.work("first")
    desk.work("second")
    decision = desk.do(WorkClosed("first", "resolved", desk.now))
    assert desk.assigned() == [("first", "aoi"), ("second", "aoi")]
    assert decision.events[-1].case_id == "second"


def test_seen_a_manual_capacity_edit_that_triggers_nothing_a_capacity_edit_matches_at_once(open_desk):
    desk = open_desk(auto())
    desk.agent("aoi", room=1)
    desk.work("first")
    desk.work("second")
    desk.do(ConfigureAgent("aoi", "Aoi", ("support",), {}, {ChannelClass.MESSAGING: 2}))
    assert desk.holder("second") == "aoi"


def test_seen_a_newer_chat_taken_first_the_oldest_is_taken_when_an_agent_frees(open_desk):
    desk = open_desk(auto())
    desk.agent("aoi")
    desk.work("held")
    for case_id in ("oldest", "newer", "newest"):
        desk.now += 1
        desk.work(case_id)
    desk.do(WorkClosed("held", "resolved", desk.now))
    assert desk.holder("oldest") == "aoi"


@pytest.mark.parametrize("edit", ["skill", "presence", "queue", "config"])
def test_every_way_of_becoming_eligible_matches_at_once(open_desk, edit):
    desk = open_desk(auto(), auto("other"))
    room = {ChannelClass.MESSAGING: 1}
    desk.do(ConfigureAgent("aoi", "Aoi", ("other",) if edit == "queue" else ("support",), {}, room))
    if edit != "presence":
        desk.presence("aoi", "available")
    desk.work("case-1", *([("billing", 3)] if edit == "skill" else []), queue="support")
    if edit == "config":
        desk.do(WorkClosed("case-1", "x", desk.now))
        desk.engine = type(desk.engine)(desk.configured(QueueConfig("support", mode=QueueMode.PICK)), desk.engine.state)
        desk.work("case-1", reopened=True)
        assert desk.holder("case-1") is None
        desk.events += desk.engine.reconfigure(desk.configured(auto()), desk.now).events
    elif edit == "presence":
        desk.presence("aoi", "available")
    else:
        desk.do(ConfigureAgent("aoi", "Aoi", ("support",), {"billing": 3}, room))
    assert desk.holder("case-1") == "aoi"


@pytest.mark.parametrize("units", ["3", 2.0, True, -1])
def test_seen_a_limit_stored_as_a_string_capacity_must_be_a_whole_number(open_desk, units):
    desk = open_desk()
    refused = desk.do(ConfigureAgent("aoi", "Aoi", ("support",), {}, {ChannelClass.MESSAGING: units})).refused
    assert refused.code == "capacity_invalid"
    assert "aoi" not in desk.engine.state.agents


def test_seen_a_balancer_that_chose_the_same_full_agent_for_ever(open_desk):
    desk = open_desk(auto())
    desk.agent("aoi", room=1)
    desk.now += 1
    desk.agent("ben", room=1)
    for number in range(3):
        desk.work(f"case-{number}")
    assert desk.assigned() == [("case-0", "aoi"), ("case-1", "ben")]


def test_bad_agents_are_refused_with_the_place(open_desk):
    desk = open_desk()
    assert desk.do(ConfigureAgent("aoi", "Aoi", ("nowhere",))).refused.code == "unknown_queue"
    assert desk.do(ConfigureAgent("aoi", "Aoi", (), {"billing": 11})).refused.code == "skill_level_invalid"
    assert desk.do(ConfigureAgent("aoi", "Aoi", (), {}, {"post": 1})).refused.code == "channel_class_unknown"
    assert desk.do(SetPresence("aoi", "away")).refused.code == "unknown_agent"
    desk.agent("aoi")
    assert desk.do(SetPresence("aoi", "gone fishing")).refused.code == "presence_unknown"


def test_a_lowered_capacity_leaves_assigned_work_and_takes_no_more(open_desk):
    desk = open_desk(auto())
    desk.agent("aoi", room=3)
    for number in range(4):
        desk.work(f"case-{number}")
    desk.do(ConfigureAgent("aoi", "Aoi", ("support",), {}, {ChannelClass.MESSAGING: 1}))
    for number in range(2):
        desk.do(WorkClosed(f"case-{number}", "resolved", desk.now))
    assert desk.holder("case-3") is None
    desk.do(WorkClosed("case-2", "resolved", desk.now))
    assert desk.holder("case-3") == "aoi"


def test_preferred_and_last_agents_are_asked_first_when_they_can_take_it(open_desk):
    prefer = Rule("prefer", lambda context: context.get("vip") is True, preferred_agents=("chie",))
    desk = open_desk(auto(), rules=(prefer,))
    for agent_id in ("aoi", "ben", "chie"):
        desk.agent(agent_id)
        desk.now += 1
    desk.work("case-1", attributes={"vip": True})
    desk.work("case-2", last_agent="ben")
    desk.work("case-3", last_agent="ben")
    assert desk.assigned() == [("case-1", "chie"), ("case-2", "ben"), ("case-3", "aoi")]


def test_wrap_up_holds_capacity_until_it_ends_by_time_or_by_the_agent(open_desk):
    desk = open_desk(auto(wrap_up_ms=20_000))
    desk.agent("aoi")
    desk.work("case-1")
    desk.do(WorkClosed("case-1", "resolved", desk.now))
    desk.work("case-2")
    assert desk.seen(WrapUpStarted)[0].until == desk.now + 20_000
    assert desk.do(WorkClosed("case-1", "resolved", desk.now)).refused.code == "work_closed"
    assert desk.do(EndWrapUp("case-1", "ben")).refused.code == "work_not_yours"
    desk.after(19_999)
    assert desk.holder("case-2") is None
    desk.after(1)
    assert desk.holder("case-2") == "aoi"
    desk.do(WorkClosed("case-2", "resolved", desk.now))
    desk.work("case-3")
    desk.do(EndWrapUp("case-2", "aoi"))
    assert desk.holder("case-3") == "aoi"
    assert len(desk.seen(AssignmentEnded)) == 2


def test_going_offline_keeps_assigned_messaging_work_and_removal_requeues_it(open_desk):
    desk = open_desk(auto())
    desk.agent("aoi")
    desk.work("case-1")
    desk.presence("aoi", "offline")
    assert desk.holder("case-1") == "aoi"
    desk.do(RemoveAgent("aoi"))
    assert desk.seen(WorkRequeued)[0].reason == "agent_removed"
    desk.agent("ben")
    assert desk.holder("case-1") == "ben"


def test_seen_dynamics_365_a_percentage_split_keeps_its_shares_at_small_volume(open_desk):
    """There a coin gave one queue everything of a quiet day."""
    shares = (QueueShare("support", 70), QueueShare("returns", 20), QueueShare("sales", 10))
    rule = Rule("shared", lambda context: True, split=shares)
    desk = open_desk(auto(), auto("returns"), auto("sales"), rules=(rule,))
    for number in range(10):
        desk.work(f"case-{number}")
    queues = [event.queue for event in desk.seen(WorkQueued)]
    assert {name: queues.count(name) for name in set(queues)} == {"support": 7, "returns": 2, "sales": 1}
    assert desk.engine.take_changes().shares == {"shared": {"support": 0, "returns": 0, "sales": 0}}


def test_first_true_rule_wins_and_a_failing_rule_is_skipped_counted_and_shown(open_desk):
    rules = (
        Rule("broken", lambda context: bool(context["customer"]["tier"])),
        Rule("second", lambda context: context["message"]["text"] == "hi", queue="returns", priority=2),
        Rule("never", lambda context: True, queue="support"),
    )
    desk = open_desk(auto(), auto("returns"), rules=rules)
    desk.work("case-1", attributes={"message": {"text": "hi"}})
    queued = desk.seen(WorkQueued)[0]
    assert (queued.queue, queued.rule, queued.priority) == ("returns", "second", 2)
    assert [(rule.rule, rule.outcome) for rule in queued.explanation.rules] == [
        ("broken", "error"),
        ("second", "matched"),
    ]
    assert queued.explanation.rules[0].error == "there is no 'customer'"
    assert desk.engine.rule_errors == {"broken": 1}


def test_no_rule_matched_means_the_default_queue_and_the_explanation_says_so(open_desk):
    desk = open_desk(auto(), rules=(Rule("never", lambda context: False, queue="support"),))
    desk.work("case-1")
    assert desk.engine.explain("case-1", desk.now).routing.sentence == "No rule matched: default queue 'support'."


def test_a_repeated_request_changes_nothing(open_desk):
    desk = open_desk(auto())
    desk.work("case-1")
    before = desk.engine.state_hash()
    decision = desk.work("case-1", priority=1)
    assert (decision.events, decision.refused) == ((), None)
    assert desk.engine.state_hash() == before


def test_a_customer_who_returns_during_wrap_up_is_queued_again_at_once(open_desk):
    desk = open_desk(auto(wrap_up_ms=60_000))
    desk.agent("aoi")
    desk.work("case-1")
    desk.do(WorkClosed("case-1", "resolved", desk.now))
    desk.now += 1
    desk.work("case-1", reopened=True, last_agent="aoi")
    assert desk.engine.state.work["case-1"].state is WorkState.ASSIGNED
    ids = [event.assignment_id for event in desk.seen(AssignmentEnded)]
    assert desk.engine.state.work["case-1"].assignment.assignment_id not in ids


def test_work_of_a_removed_queue_moves_to_the_default_queue(open_desk):
    desk = open_desk(QueueConfig("support"), QueueConfig("old"))
    desk.agent("aoi", queues=("old",), room=1)
    desk.work("offered", queue="old")
    desk.work("waiting", queue="old")
    decision = desk.engine.reconfigure(desk.configured(QueueConfig("support")), desk.now)
    requeued = [event for event in decision.events if isinstance(event, WorkRequeued)]
    assert [(event.case_id, event.queue) for event in requeued] == [("offered", "support"), ("waiting", "support")]
    assert desk.holder("offered") is None
    desk.agent("ben", room=2)
    assert (desk.holder("offered"), desk.holder("waiting")) == ("ben", "ben")


def test_a_contradictory_configuration_is_refused_and_the_old_one_stays(open_desk):
    desk = open_desk()
    bad = desk.configured(rules=(Rule("lost", lambda context: True, queue="nowhere"),))
    with pytest.raises(RoutingConfigError, match=r"rules\.lost: there is no queue named 'nowhere'\."):
        desk.engine.reconfigure(bad, desk.now)
    assert desk.engine.config is desk.config


def test_requeue_to_another_queue_keeps_the_age(open_desk):
    desk = open_desk(auto(), auto("returns"))
    desk.agent("aoi")
    desk.work("case-1")
    desk.now += 5
    desk.work("younger", queue="returns")
    desk.now += 5
    desk.do(RequeueWork("case-1", "aoi", "a return", "returns"))
    desk.agent("ben", queues=("returns",))
    assert desk.holder("case-1") == "ben"
    assert desk.do(RequeueWork("case-1", None, "", "nowhere")).refused.code == "unknown_queue"


def test_the_queue_view_counts_waiting_and_agents_by_presence(open_desk):
    desk = open_desk(auto(), auto("returns"))
    desk.agent("aoi", presence="busy")
    desk.agent("ben", presence="offline")
    desk.work("case-1")
    desk.now += 5_000
    desk.work("case-2")
    support = {view.queue: view for view in desk.engine.queue_view(desk.now + 1_000)}["support"]
    assert (support.waiting, support.oldest_wait_ms) == (2, 6_000)
    assert {presence.value: count for presence, count in support.agents.items() if count} == {"busy": 1, "offline": 1}


class CountingDict(dict):
    looks = 0

    def __getitem__(self, key):
        self.looks += 1
        return super().__getitem__(key)


def looks_at_work(desk, backlog):
    desk.agent("aoi")
    for number in range(backlog):
        request = WorkRequested(f"case-{number:05}", desk.now + number, "line", ChannelClass.MESSAGING)
        desk.engine.decide(request, desk.now)
    work = desk.engine.state.work = CountingDict(desk.engine.state.work)
    desk.engine.decide(WorkClosed("case-00000", "resolved", desk.now), desk.now)
    assert desk.engine.state.work["case-00001"].agent_id == "aoi"
    return work.looks


def test_a_decision_never_scans_the_backlog(open_desk):
    assert looks_at_work(open_desk(auto()), 2_000) == looks_at_work(open_desk(auto()), 200) <= 10
