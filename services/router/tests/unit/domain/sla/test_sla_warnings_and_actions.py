"""Any number of warnings, one breach, and what the policy does then: exactly once."""

import pytest

from router.domain.config import QueueConfig, RoutingConfigError, Warn
from router.domain.events import OfferEnded, SlaActionTaken, SlaBreached, SlaRetargeted, SlaWarned, WorkRequeued
from router.domain.model import MetricName, QueueMode, TimerKind, WorkState
from router.domain.sla_config import SlaAction, SlaActionKind

MINUTE = 60_000
HOUR = 60 * MINUTE
FIRST, RESOLUTION = MetricName.FIRST_RESPONSE, MetricName.RESOLUTION
WARN = TimerKind.WARN
RAISE, MOVE = SlaAction(SlaActionKind.RAISE_PRIORITY), SlaAction(SlaActionKind.MOVE_QUEUE, "escalated")
NOTIFY = SlaAction(SlaActionKind.NOTIFY_SUPERVISOR, "team-lead")
TAGGED, CALLED = SlaAction(SlaActionKind.TAG, "breached"), SlaAction(SlaActionKind.WEBHOOK, "pager")


def taken(case):
    return [(event.trigger, event.action, event.value, event.applied) for event in case.seen(SlaActionTaken)]


def test_any_number_of_offsets_by_percent_and_time_left_warn_in_order(promise, a_metric):
    warns = (Warn(left_ms=MINUTE), Warn(percent=50), Warn(percent=80), Warn(left_ms=3 * MINUTE), Warn(percent=10))
    case = promise(a_metric(FIRST, 10 * MINUTE, warns=warns))
    case.desk.work("case-1")
    start = case.now
    reached = []
    while case.clock(FIRST).warn_at is not None:
        case.desk.now = case.clock(FIRST).warn_at
        case.fire(FIRST, WARN)
        reached.append((case.seen(SlaWarned)[-1].warning, (case.now - start) // MINUTE))
    assert reached == [("10%", 1), ("50%", 5), ("PT180S", 7), ("80%", 8), ("PT60S", 9)]


def test_offsets_of_parts_of_a_second_are_told_apart(promise, a_metric):
    warns = tuple(Warn(left_ms=left) for left in (700, 1_200, 1_900, 2_000))
    case = promise(a_metric(FIRST, 10 * MINUTE, warns=warns))
    case.desk.work("case-1")
    assert [warn.name for warn in case.clock(FIRST).warns_left] == ["PT2S", "PT1.9S", "PT1.2S", "PT0.7S"]


def test_every_action_happens_exactly_once_per_warning_and_breach(promise, a_metric):
    warns = (Warn(percent=50, actions=(NOTIFY, TAGGED)), Warn(percent=80, actions=(CALLED,)))
    case = promise(a_metric(FIRST, 10 * MINUTE, warns=warns, on_breach=(RAISE, NOTIFY)))
    case.desk.work("case-1")
    for ms, kind in ((5 * MINUTE, WARN), (3 * MINUTE, WARN), (2 * MINUTE, TimerKind.BREACH)):
        case.after(ms).fire(FIRST, kind)
        assert case.fire(FIRST, kind) == ()
    assert taken(case) == [
        ("50%", "notify_supervisor", "team-lead", True),
        ("50%", "tag", "breached", True),
        ("80%", "webhook", "pager", True),
        ("breach", "raise_priority", "4", True),
        ("breach", "notify_supervisor", "team-lead", True),
    ]
    assert case.item.priority == 4


def test_a_fact_that_overtakes_the_breach_timer_takes_the_actions_once(promise, a_metric):
    case = promise(a_metric(FIRST, MINUTE, on_breach=(NOTIFY, MOVE)))
    case.desk.work("case-1")
    case.after(2 * MINUTE).reply()
    assert case.fire(FIRST) == ()
    assert taken(case) == [
        ("breach", "notify_supervisor", "team-lead", True),
        ("breach", "move_queue", "escalated", True),
    ]


def test_raising_the_priority_retargets_the_other_metrics_and_never_lowers(promise, a_metric):
    to_two = SlaAction(SlaActionKind.RAISE_PRIORITY, "2")
    resolution = a_metric(RESOLUTION, 8 * HOUR, target_ms_by_priority={2: 2 * HOUR})
    case = promise(a_metric(FIRST, HOUR, warns=(Warn(percent=50, actions=(to_two,)),), on_breach=(to_two,)), resolution)
    case.desk.work("case-1")
    start = case.now
    case.after(30 * MINUTE).fire(FIRST, WARN)
    assert [(entry.metric, entry.cause) for entry in case.seen(SlaRetargeted)] == [(RESOLUTION, "PriorityRaised")]
    assert case.clock(RESOLUTION).due_at == start + 2 * HOUR
    case.after(30 * MINUTE).fire(FIRST)
    assert taken(case)[-1] == ("breach", "raise_priority", "2", False)
    assert case.item.priority == 2


def test_a_raised_priority_is_served_first(promise, a_metric):
    case = promise(a_metric(FIRST, MINUTE, on_breach=(RAISE,)))
    case.desk.work("case-2", priority=5)
    case.desk.work("case-1", priority=5, requested_at=case.now)
    case.after(MINUTE).fire(FIRST)
    case.desk.agent("aoi")
    assert case.desk.assigned() == [("case-1", "aoi")]


def test_moving_the_queue_takes_waiting_work_to_its_agents_at_its_original_age(promise, a_metric):
    case = promise(a_metric(FIRST, MINUTE, on_breach=(MOVE,)))
    case.desk.agent("mio", queues=("escalated",))
    case.desk.work("case-1")
    aged_from = case.item.aged_from
    case.after(MINUTE).fire(FIRST)
    assert (case.item.queue, case.item.aged_from) == ("escalated", aged_from)
    assert case.desk.offered() == [("case-1", "mio")]


def test_moving_the_queue_withdraws_an_open_offer_without_a_decline(promise, a_metric):
    queues = (QueueConfig("support", mode=QueueMode.OFFER, offer_timeout_ms=HOUR), QueueConfig("escalated"))
    case = promise(a_metric(FIRST, MINUTE, on_breach=(MOVE,)), queues=queues)
    case.desk.agent("aoi")
    case.desk.work("case-1")
    case.after(MINUTE).fire(FIRST)
    assert [event.agent_id for event in case.seen(OfferEnded)] == ["aoi"]
    assert (case.item.queue, case.item.state, case.item.declines) == ("escalated", WorkState.QUEUED, {})


def test_work_that_an_agent_has_accepted_is_not_taken_away(promise, a_metric):
    case = promise(a_metric(FIRST, MINUTE, on_breach=(MOVE,)))
    case.desk.agent("aoi")
    case.desk.work("case-1")
    case.after(MINUTE).fire(FIRST)
    assert taken(case) == [("breach", "move_queue", "escalated", False)]
    assert (case.desk.holder("case-1"), case.seen(WorkRequeued)) == ("aoi", [])


def test_a_breach_found_when_the_work_closes_still_notifies_but_moves_nothing(promise, a_metric):
    case = promise(a_metric(RESOLUTION, MINUTE, on_breach=(RAISE, MOVE, NOTIFY)))
    case.desk.work("case-1")
    case.desk.now += 2 * MINUTE
    case.close()
    assert [applied for *_, applied in taken(case)] == [False, False, True]
    assert len(case.seen(SlaBreached)) == 1


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (SlaAction(SlaActionKind.MOVE_QUEUE, "nowhere"), "there is no queue named 'nowhere'"),
        (SlaAction(SlaActionKind.RAISE_PRIORITY, "10"), "must be 1 \\(high\\) to 9"),
        (SlaAction(SlaActionKind.WEBHOOK), "needs a name"),
    ],
)
def test_an_action_that_cannot_be_taken_is_a_configuration_error(promise, a_metric, action, sentence):
    with pytest.raises(RoutingConfigError, match=f"first_response.on_breach.*{sentence}"):
        promise(a_metric(FIRST, on_breach=(action,)))
