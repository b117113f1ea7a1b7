import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import (
    AgentReplied,
    CustomerWrote,
    RequeueWork,
    SlaTimerDue,
    WorkClosed,
    WorkPaused,
    WorkResumed,
)
from router.domain.config import QueueConfig, RoutingConfigError, SlaMetric, SlaPolicy, Warn
from router.domain.events import (
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaEntry,
    SlaFulfilled,
    SlaPaused,
    SlaResumed,
    SlaRetargeted,
    SlaWarned,
)
from router.domain.ledger import LedgerError, apply, replay_ledger
from router.domain.model import ClockStatus, MetricName, QueueMode, TimerKind

MINUTE = 60_000
HOUR = 60 * MINUTE
FIRST, NEXT, RESOLUTION = MetricName.FIRST_RESPONSE, MetricName.NEXT_RESPONSE, MetricName.RESOLUTION
WARN, BREACH = TimerKind.WARN, TimerKind.BREACH


def metric(name=FIRST, target=10 * MINUTE, **changes):
    return SlaMetric(name, target, **changes)


def policy(*metrics, name="standard", revision=1, **changes):
    return SlaPolicy(name, revision, metrics or (metric(),), **changes)


def shop(revision=1, opens=9, closes=17, zone="UTC", name="shop"):
    hours = {day: (Hours(opens * 60, closes * 60),) for day in range(7)}
    return {name: BusinessCalendar(CalendarConfig(name, revision, zone, hours))}


@pytest.fixture
def sla_desk(open_desk):
    def opened(*metrics, **changes):
        queue = QueueConfig("support", mode=QueueMode.AUTO_ASSIGN, wrap_up_ms=changes.pop("wrap_up_ms", 0))
        return open_desk(queue, **{"sla_policies": (policy(*metrics),), **changes})

    return opened


def reply(desk, at=None, **how):
    return desk.do(AgentReplied("case-1", "m", desk.now if at is None else at, "aoi", **how))


def wrote(desk, at=None):
    return desk.do(CustomerWrote("case-1", "m", desk.now if at is None else at))


def fire(desk, kind, name=FIRST, version=1):
    return desk.do(SlaTimerDue("case-1", name, kind, version)).events


def clock(desk, name=FIRST):
    return desk.engine.state.work["case-1"].clocks[name]


def replayed(desk):
    return replay_ledger(desk.events)


def test_a_policy_starts_its_clocks_and_arms_their_timers(sla_desk):
    desk = sla_desk(metric(warns=(Warn(percent=80), Warn(left_ms=MINUTE))), metric(RESOLUTION, HOUR))
    desk.work("case-1")
    applied = desk.seen(SlaApplied)
    assert [(entry.metric, entry.due_at - desk.now) for entry in applied] == [(FIRST, 10 * MINUTE), (RESOLUTION, HOUR)]
    armed = {(t.metric, t.kind): t.due_at - desk.now for t in desk.engine.take_changes().timers_armed}
    assert armed == {(FIRST, WARN): 8 * MINUTE, (FIRST, BREACH): 10 * MINUTE, (RESOLUTION, BREACH): HOUR}


def test_an_agents_reply_fulfils_first_response_and_cancels_its_timers(sla_desk):
    desk = sla_desk(metric(warns=(Warn(percent=80),)))
    desk.work("case-1")
    desk.engine.take_changes()
    desk.now += MINUTE
    reply(desk)
    entry = desk.seen(SlaFulfilled)[0]
    assert (entry.late, entry.remaining_ms) == (False, 9 * MINUTE)
    assert {timer.kind for timer in desk.engine.take_changes().timers_cancelled} == {WARN, BREACH}
    assert replayed(desk) == desk.engine.state.work["case-1"].clocks


def test_a_bots_answer_counts_only_if_the_policy_says_so(sla_desk):
    for counts, status in ((False, ClockStatus.RUNNING), (True, ClockStatus.FULFILLED)):
        desk = sla_desk(sla_policies=(policy(bot_reply_counts=counts),))
        desk.work("case-1")
        reply(desk, bot=True)
        assert clock(desk).status is status


def test_warnings_and_breach_fire_once_each_and_never_early(sla_desk):
    desk = sla_desk(metric(warns=(Warn(percent=50), Warn(left_ms=MINUTE))))
    desk.work("case-1")
    desk.now += 5 * MINUTE - 1
    assert fire(desk, WARN) == ()
    rearmed = [timer for timer in desk.engine.take_changes().timers_armed if timer.kind is WARN]
    assert [timer.due_at for timer in rearmed] == [desk.now + 1]
    desk.now += 1
    fire(desk, WARN)
    assert fire(desk, WARN) == ()
    desk.now += 4 * MINUTE
    fire(desk, WARN)
    assert [entry.warning for entry in desk.seen(SlaWarned)] == ["50%", "PT60S"]
    assert fire(desk, WARN) == ()
    desk.now += MINUTE - 1
    assert fire(desk, BREACH) == ()
    desk.now += 1
    fire(desk, BREACH)
    assert fire(desk, BREACH) == ()
    assert [entry.remaining_ms for entry in desk.seen(SlaBreached)] == [0]
    assert replayed(desk) == desk.engine.state.work["case-1"].clocks


def test_a_timer_of_an_older_version_is_ignored(sla_desk):
    desk = sla_desk(metric(RESOLUTION, pause_on=frozenset({"on_hold"})))
    desk.work("case-1")
    desk.do(WorkPaused("case-1", "on_hold", desk.now))
    desk.now += HOUR
    assert fire(desk, BREACH, RESOLUTION) == ()
    desk.do(WorkResumed("case-1", "on_hold", desk.now))
    desk.now += HOUR
    assert fire(desk, BREACH, RESOLUTION, version=1) == ()
    assert len(fire(desk, BREACH, RESOLUTION, version=2)) == 1


def test_a_breach_does_not_end_the_metric_and_a_late_reply_is_recorded_as_late(sla_desk):
    desk = sla_desk()
    desk.work("case-1")
    desk.now += 10 * MINUTE
    fire(desk, BREACH)
    desk.now += MINUTE
    reply(desk)
    entry = desk.seen(SlaFulfilled)[0]
    assert (entry.late, entry.remaining_ms) == (True, -MINUTE)


def test_a_late_reply_that_overtakes_the_timer_still_breaches_once(sla_desk):
    desk = sla_desk()
    desk.work("case-1")
    desk.now += 11 * MINUTE
    reply(desk)
    assert [type(entry) for entry in desk.seen(SlaEntry)] == [SlaApplied, SlaBreached, SlaFulfilled]
    assert fire(desk, BREACH) == ()


def test_a_reply_in_time_that_the_router_reads_late_is_in_time(sla_desk):
    desk = sla_desk()
    desk.work("case-1")
    desk.now += 11 * MINUTE
    reply(desk, at=desk.now - 2 * MINUTE)
    assert desk.seen(SlaBreached) == []
    assert desk.seen(SlaFulfilled)[0].late is False


def test_waiting_on_the_customer_pauses_and_their_message_resumes_with_the_business_time_left(sla_desk):
    resolution = metric(RESOLUTION, 4 * HOUR, calendar="shop", pause_on=frozenset({"waiting_on_customer"}))
    desk = sla_desk(resolution, calendars=shop())
    desk.now = 1_789_977_600_000  # 2026-09-21T08:00Z, a Monday
    desk.work("case-1")
    nine = desk.now + HOUR
    assert clock(desk, RESOLUTION).due_at == nine + 4 * HOUR
    desk.now = nine + HOUR
    reply(desk)
    paused = desk.seen(SlaPaused)[0]
    assert (paused.remaining_ms, paused.due_at) == (3 * HOUR, None)
    assert [timer.kind for timer in desk.engine.take_changes().timers_cancelled] == [BREACH]
    desk.now = nine + 7 * HOUR
    wrote(desk)
    resumed = desk.seen(SlaResumed)[0]
    assert resumed.due_at == nine + 26 * HOUR
    assert replayed(desk) == desk.engine.state.work["case-1"].clocks


def test_two_reasons_to_pause_resume_only_when_both_are_gone(sla_desk):
    desk = sla_desk(metric(RESOLUTION, HOUR, pause_on=frozenset({"waiting_on_customer", "on_hold"})))
    desk.work("case-1")
    reply(desk)
    desk.do(WorkPaused("case-1", "on_hold", desk.now))
    desk.now += MINUTE
    wrote(desk)
    assert clock(desk, RESOLUTION).status is ClockStatus.PAUSED
    desk.do(WorkResumed("case-1", "on_hold", desk.now))
    assert clock(desk, RESOLUTION).due_at == desk.now + HOUR


def test_a_case_resolved_straight_from_paused_counts_no_paused_time(sla_desk):
    desk = sla_desk(metric(RESOLUTION, HOUR, pause_on=frozenset({"on_hold"})))
    desk.work("case-1")
    desk.now += 10 * MINUTE
    desk.do(WorkPaused("case-1", "on_hold", desk.now))
    desk.now += 5 * HOUR
    desk.do(WorkClosed("case-1", "resolved", desk.now))
    entry = desk.seen(SlaFulfilled)[0]
    assert (entry.late, entry.remaining_ms) == (False, 50 * MINUTE)


def test_closing_fulfils_resolution_and_cancels_what_was_not_answered(sla_desk):
    desk = sla_desk(metric(), metric(RESOLUTION, HOUR))
    desk.work("case-1")
    desk.do(WorkClosed("case-1", "spam", desk.now))
    assert [entry.metric for entry in desk.seen(SlaFulfilled)] == [RESOLUTION]
    assert [entry.metric for entry in desk.seen(SlaCancelled)] == [FIRST]
    assert desk.engine.take_changes().timers_armed == []


def test_next_response_runs_from_the_oldest_unanswered_message(sla_desk):
    desk = sla_desk(metric(), metric(NEXT, 2 * MINUTE))
    desk.work("case-1")
    wrote(desk)
    assert NEXT not in desk.engine.state.work["case-1"].clocks
    desk.now += MINUTE
    reply(desk)
    desk.now += MINUTE
    asked_at = desk.now
    wrote(desk)
    desk.now += MINUTE
    wrote(desk)
    assert clock(desk, NEXT).due_at == asked_at + 2 * MINUTE
    reply(desk)
    assert clock(desk, NEXT).status is ClockStatus.FULFILLED
    desk.now += HOUR
    wrote(desk)
    assert clock(desk, NEXT).due_at == desk.now + 2 * MINUTE
    assert replayed(desk) == desk.engine.state.work["case-1"].clocks


def test_a_message_older_than_the_answer_starts_no_clock(sla_desk):
    desk = sla_desk(metric(NEXT))
    desk.work("case-1")
    desk.now += MINUTE
    reply(desk)
    wrote(desk, at=desk.now - 1)
    assert desk.seen(SlaEntry) == []


def test_seen_clock_runs_on_after_resolve_closing_thanks_restart_nothing(sla_desk):
    desk = sla_desk(metric(NEXT), wrap_up_ms=MINUTE)
    desk.agent("aoi")
    desk.work("case-1")
    reply(desk)
    desk.do(WorkClosed("case-1", "resolved", desk.now))
    desk.now += 1
    assert wrote(desk).events == ()
    desk.after(MINUTE)
    assert wrote(desk).refused.code == "work_closed"
    assert desk.seen(SlaEntry) == []


def test_seen_update_time_overriding_first_response_each_metric_is_independent(sla_desk):
    desk = sla_desk(metric(), metric(RESOLUTION, HOUR, pause_on=frozenset({"on_hold"})))
    desk.work("case-1")
    desk.do(WorkPaused("case-1", "on_hold", desk.now))
    assert (clock(desk).status, clock(desk, RESOLUTION).status) == (ClockStatus.RUNNING, ClockStatus.PAUSED)


def test_seen_policy_that_cannot_change_once_applied_a_new_revision_retargets_with_time_used(sla_desk):
    desk = sla_desk(metric(warns=(Warn(percent=50),)))
    desk.work("case-1")
    start = desk.now
    desk.now += 6 * MINUTE
    fire(desk, WARN)
    longer = policy(metric(target=20 * MINUTE, warns=(Warn(percent=50), Warn(left_ms=MINUTE))), revision=2)
    desk.events += desk.engine.reconfigure(desk.configured(sla_policies=(longer,)), desk.now).events
    entry = desk.seen(SlaRetargeted)[0]
    assert (entry.policy_revision, entry.target_ms, entry.due_at) == (2, 20 * MINUTE, start + 20 * MINUTE)
    assert clock(desk).warn_at == start + 19 * MINUTE
    desk.now = start + 10 * MINUTE
    assert fire(desk, BREACH, version=1) == ()
    assert replayed(desk) == desk.engine.state.work["case-1"].clocks


def test_seen_escalation_times_stale_after_a_calendar_change(sla_desk):
    desk = sla_desk(metric(target=4 * HOUR, calendar="shop"), calendars=shop())
    desk.now = 1_789_977_600_000 + HOUR
    nine = desk.now
    desk.work("case-1")
    desk.now = nine + HOUR
    changed = desk.configured(sla_policies=desk.config.sla_policies, calendars=shop(2, closes=11))
    desk.events += desk.engine.reconfigure(changed, desk.now).events
    entry = desk.seen(SlaRetargeted)[0]
    assert (entry.calendar_revision, entry.remaining_ms) == (2, 3 * HOUR)
    assert entry.due_at == nine + 26 * HOUR


def test_a_policy_that_is_gone_cancels_its_clocks(sla_desk):
    desk = sla_desk()
    desk.work("case-1")
    desk.events += desk.engine.reconfigure(desk.configured(), desk.now).events
    assert desk.seen(SlaCancelled)[0].cause == "ConfigChanged"
    assert [timer.kind for timer in desk.engine.take_changes().timers_cancelled] == [BREACH]


def test_policies_are_tried_in_order_and_targets_follow_the_priority(sla_desk):
    gold = policy(
        metric(target_ms_by_priority={1: MINUTE}), name="gold", condition=lambda context: context["tier"] == "gold"
    )
    desk = sla_desk(sla_policies=(gold, policy()))
    desk.work("case-1", attributes={"tier": "gold"}, priority=1)
    desk.work("case-2", attributes={"tier": "gold"})
    desk.work("case-3", attributes={})
    applied = [(entry.policy, entry.target_ms) for entry in desk.seen(SlaApplied)]
    assert applied == [("gold", MINUTE), ("gold", 10 * MINUTE), ("standard", 10 * MINUTE)]
    assert desk.engine.rule_errors == {"gold": 1}


def test_a_requeue_changes_no_sla_clock(sla_desk):
    desk = sla_desk()
    desk.agent("aoi")
    desk.work("case-1")
    before = clock(desk)
    desk.now += MINUTE
    desk.do(RequeueWork("case-1", "aoi", ""))
    assert clock(desk) == before


def test_explain_shows_the_clocks_and_the_next_timer(sla_desk):
    desk = sla_desk(metric(warns=(Warn(percent=80),)))
    desk.work("case-1")
    told = desk.engine.explain("case-1", desk.now + MINUTE)
    assert [(view.metric, view.remaining_ms) for view in told.clocks] == [(FIRST, 9 * MINUTE)]
    assert (told.next_timer.kind, told.next_timer.due_at) == ("warn", desk.now + 8 * MINUTE)


def test_a_ledger_that_no_clock_could_have_written_is_an_error(sla_desk):
    desk = sla_desk()
    desk.work("case-1")
    applied = desk.seen(SlaApplied)[0]
    desk.now += 10 * MINUTE
    breached = fire(desk, BREACH)[0]
    with pytest.raises(LedgerError, match="it is not open"):
        apply(None, breached)
    with pytest.raises(LedgerError, match="it was breached before"):
        replay_ledger([applied, breached, breached])
    with pytest.raises(LedgerError, match="it is open already"):
        replay_ledger([applied, applied])


def test_a_policy_with_an_unknown_calendar_is_a_configuration_error(sla_desk):
    with pytest.raises(RoutingConfigError, match=r"sla_policies\.standard\.first_response\.calendar"):
        sla_desk(metric(calendar="nowhere"))
