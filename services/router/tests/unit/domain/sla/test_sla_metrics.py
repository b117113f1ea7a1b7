"""What starts, stops and holds each of the six metrics."""

import pytest

from router.domain.commands import FactsChanged, WorkPaused, WorkResumed
from router.domain.events import SlaApplied, SlaBreached, SlaCancelled, SlaEntry, SlaFulfilled, SlaPaused, SlaResumed
from router.domain.model import ClockStatus, MetricName

MINUTE = 60_000
HOUR = 60 * MINUTE
FIRST, NEXT, UPDATE = MetricName.FIRST_RESPONSE, MetricName.NEXT_RESPONSE, MetricName.PERIODIC_UPDATE
WAIT, WORK, RESOLUTION = MetricName.REQUESTER_WAIT, MetricName.AGENT_WORK, MetricName.RESOLUTION
RUNNING, PAUSED, FULFILLED = ClockStatus.RUNNING, ClockStatus.PAUSED, ClockStatus.FULFILLED


def hold(case, reason="on_hold"):
    return case.do(WorkPaused("case-1", reason, case.now))


def release(case, reason="on_hold"):
    return case.do(WorkResumed("case-1", reason, case.now))


def tags(case, *names):
    return case.do(FactsChanged("case-1", case.now, {"case": {"tags": list(names)}}))


def test_seen_update_time_overriding_first_response_each_metric_keeps_its_own_time(promise, a_metric):
    case = promise(a_metric(FIRST, 4 * HOUR), a_metric(UPDATE, HOUR), a_metric(RESOLUTION, 8 * HOUR))
    case.desk.work("case-1")
    start = case.now
    assert UPDATE not in case.item.clocks, "nothing to update before the first answer"
    case.after(2 * HOUR).reply()
    assert (case.clock(FIRST).status, case.clock(FIRST).late) == (FULFILLED, False)
    assert case.clock(UPDATE).due_at == start + 3 * HOUR
    assert case.clock(RESOLUTION).due_at == start + 8 * HOUR
    case.after(HOUR).fire(UPDATE)
    assert [entry.metric for entry in case.seen(SlaBreached)] == [UPDATE]
    assert case.clock(RESOLUTION).breached_at is None


def test_each_answer_starts_the_next_periodic_update_and_a_customers_message_does_not(promise, a_metric):
    case = promise(a_metric(UPDATE, HOUR))
    case.desk.work("case-1")
    case.after(MINUTE).reply()
    due = case.now + HOUR
    case.after(10 * MINUTE).wrote()
    assert case.clock(UPDATE).due_at == due
    case.reply()
    assert case.clock(UPDATE).due_at == case.now + HOUR
    case.close()
    assert [entry.metric for entry in case.seen(SlaCancelled)] == [UPDATE]


def test_agent_work_stops_while_pending_or_on_hold_and_requester_wait_only_while_pending(promise, a_metric):
    case = promise(a_metric(WAIT, HOUR), a_metric(WORK, HOUR))
    case.desk.work("case-1")
    hold(case.after(MINUTE))
    assert (case.clock(WAIT).status, case.clock(WORK).status) == (RUNNING, PAUSED)
    release(case.after(MINUTE))
    case.after(MINUTE).reply()
    assert (case.clock(WAIT).status, case.clock(WORK).status) == (PAUSED, PAUSED)
    case.after(HOUR).wrote()
    assert (case.clock(WAIT).due_at, case.clock(WORK).due_at) == (case.now + 57 * MINUTE, case.now + 58 * MINUTE)
    case.close()
    assert {entry.metric: entry.remaining_ms for entry in case.seen(SlaFulfilled)} == {
        WAIT: 57 * MINUTE,
        WORK: 58 * MINUTE,
    }


@pytest.mark.parametrize("how", ["automatic", "internal"])
@pytest.mark.parametrize("policy_counts_bots", [True, False])
def test_automatic_replies_and_internal_notes_never_answer(promise, a_policy, a_metric, how, policy_counts_bots):
    case = promise(a_policy(a_metric(FIRST), a_metric(UPDATE), bot_reply_counts=policy_counts_bots))
    case.desk.work("case-1")
    assert case.reply(**{how: True}).events == ()
    assert case.reply(bot=True, **{how: True}).events == ()
    assert case.clock(FIRST).status is RUNNING


def test_a_customers_message_before_any_answer_ends_a_pause(promise, a_metric):
    case = promise(a_metric(RESOLUTION, HOUR, pause_on=frozenset({"waiting_on_customer"})))
    case.desk.work("case-1")
    hold(case, "waiting_on_customer")
    case.after(MINUTE).wrote()
    assert case.clock(RESOLUTION).due_at == case.now + HOUR


def test_a_reply_older_than_the_customers_message_does_not_answer_it(promise, a_metric):
    case = promise(a_metric(FIRST), a_metric(NEXT))
    case.desk.work("case-1")
    case.after(MINUTE).reply()
    case.after(MINUTE).wrote()
    asked_at = case.now
    case.desk.now -= 1
    case.reply()
    case.desk.now += 1
    assert (case.clock(NEXT).status, case.item.unanswered_since) == (RUNNING, asked_at)
    assert case.item.pauses == (), "the customer does not wait for themselves"


def test_a_tag_pauses_and_its_removal_resumes_with_the_remaining_business_time(promise, a_metric, a_shop):
    metric = a_metric(RESOLUTION, 3 * HOUR, calendar="shop", pause_on=frozenset({"tag:courier"}))
    case = promise(metric, calendars=a_shop())
    case.desk.now = 1_789_981_200_000  # 2026-09-21T09:00Z, a Monday
    nine = case.now
    case.desk.work("case-1")
    tags(case.after(HOUR + 1), "vip", "courier")
    assert case.seen(SlaPaused)[0].remaining_ms == 2 * HOUR - 1
    tags(case.after(26 * HOUR), "vip")
    assert case.seen(SlaResumed)[0].due_at == nine + 29 * HOUR
    assert len(case.seen(SlaApplied)) == 1, "never cancelled and made anew"


def test_a_clock_that_starts_under_a_pause_starts_paused(promise, a_metric):
    case = promise(a_metric(RESOLUTION, HOUR, pause_on=frozenset({"tag:courier"})))
    case.desk.work("case-1", attributes={"case": {"tags": ["courier"]}})
    assert (case.clock(RESOLUTION).status, case.clock(RESOLUTION).remaining_ms) == (PAUSED, HOUR)


def test_pauses_at_odd_instants_lose_no_millisecond(promise, a_metric, a_shop):
    metric = a_metric(RESOLUTION, HOUR, calendar="shop", pause_on=frozenset({"on_hold"}))
    case = promise(metric, calendars=a_shop())
    case.desk.now = 1_789_981_200_000 + 1
    case.desk.work("case-1")
    for step in (17, 999, 60_001, 1, 333_333):
        hold(case.after(step))
        release(case.after(7 * step))
    used = 17 + 999 + 60_001 + 1 + 333_333
    assert case.clock(RESOLUTION).due_at == case.now + HOUR - used


def test_pausing_twice_for_one_reason_is_one_pause(promise, a_metric):
    case = promise(a_metric(RESOLUTION, pause_on=frozenset({"on_hold"})))
    case.desk.work("case-1")
    hold(case)
    assert hold(case).events == ()
    release(case)
    assert release(case).events == ()
    assert [type(entry) for entry in case.seen(SlaEntry)] == [SlaApplied, SlaPaused, SlaResumed]


def test_metrics_may_count_calendar_and_business_time_side_by_side(promise, a_metric, a_shop):
    case = promise(a_metric(FIRST, HOUR), a_metric(RESOLUTION, HOUR, calendar="shop"), calendars=a_shop())
    case.desk.now = 1_789_981_200_000 - 2 * HOUR
    case.desk.work("case-1")
    assert (case.clock(FIRST).due_at, case.clock(RESOLUTION).due_at) == (case.now + HOUR, case.now + 3 * HOUR)
