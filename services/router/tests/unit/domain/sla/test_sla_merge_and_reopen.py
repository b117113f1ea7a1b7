"""Merging keeps the older start of each metric; reopening follows the policy; a transfer changes nothing."""

import json

import pytest

from router.domain.commands import ConfigureAgent, RequeueWork, WorkClosed, WorkMerged, WorkPaused, WorkResumed
from router.domain.config import QueueConfig, Warn
from router.domain.engine import Engine
from router.domain.events import (
    ConversationParked,
    ConversationResumed,
    SlaApplied,
    SlaBreached,
    SlaCancelled,
    SlaEntry,
    SlaFulfilled,
    SlaRetargeted,
    WorkDone,
)
from router.domain.model import ChannelClass, ClockStatus, MetricName, QueueMode, TimerKind
from router.domain.records import work_record
from router.domain.sla_config import ClosingThanks, OnReopen
from router.domain.state import State

MINUTE = 60_000
HOUR = 60 * MINUTE
FIRST, NEXT, UPDATE = MetricName.FIRST_RESPONSE, MetricName.NEXT_RESPONSE, MetricName.PERIODIC_UPDATE
RESOLUTION = MetricName.RESOLUTION
RUNNING, PAUSED, FULFILLED = ClockStatus.RUNNING, ClockStatus.PAUSED, ClockStatus.FULFILLED


def merge(case, source, target):
    return case.do(WorkMerged(source, target, case.now))


@pytest.fixture
def all_metrics(a_metric):
    hold = frozenset({"on_hold"})
    return a_metric(FIRST, HOUR), a_metric(NEXT, HOUR), a_metric(RESOLUTION, 8 * HOUR, pause_on=hold)


def test_seen_escalation_times_stale_after_a_merge_each_metric_keeps_the_older_start(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("older")
    start = case.now
    case.after(20 * MINUTE)
    case.desk.work("case-1")
    merge(case.after(10 * MINUTE), "older", "case-1")
    assert [(entry.metric, entry.started_at, entry.due_at) for entry in case.seen(SlaRetargeted)] == [
        (FIRST, start, start + HOUR),
        (RESOLUTION, start, start + 8 * HOUR),
    ]
    assert {entry.metric for entry in case.seen(SlaCancelled)} == {FIRST, RESOLUTION}
    assert [(event.case_id, event.reason) for event in case.seen(WorkDone)] == [("older", "merged")]
    assert case.seen(SlaFulfilled) == [], "a merged case did not resolve anything"


def test_merging_a_newer_case_moves_no_deadline(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("case-1")
    before = dict(case.item.clocks)
    case.after(MINUTE)
    case.desk.work("newer")
    merge(case.after(MINUTE), "newer", "case-1")
    assert case.item.clocks == before


@pytest.fixture
def parking(promise, all_metrics):
    queue = QueueConfig("support", mode=QueueMode.AUTO_ASSIGN, park_after_ms=10 * MINUTE)
    case = promise(*all_metrics, queues=(queue,))
    case.do(ConfigureAgent("aoi", "Aoi", ("support",), {}, {ChannelClass.MESSAGING: 2}))
    case.desk.presence("aoi", "available")
    return case


def test_a_case_whose_message_waits_after_a_merge_is_not_parked(parking):
    parking.desk.work("older")
    parking.after(MINUTE).desk.work("case-1")
    parking.after(MINUTE).reply("older")
    merge(parking.after(MINUTE), "older", "case-1")
    parking.desk.after(HOUR)
    assert parking.item.unanswered_since is not None
    assert parking.seen(ConversationParked) == []


def test_a_parked_conversation_goes_on_when_a_merge_brings_a_message_without_an_answer(parking):
    parking.desk.work("case-1")
    parking.reply()
    parking.desk.after(11 * MINUTE)
    assert parking.item.parked_at is not None
    parking.desk.work("newer")
    merge(parking.after(MINUTE), "newer", "case-1")
    assert parking.item.parked_at is None
    assert [event.agent_id for event in parking.seen(ConversationResumed)] == ["aoi"]


def test_the_older_cases_pauses_count_no_time_after_the_merge(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("older")
    case.do(WorkPaused("older", "on_hold", case.now))
    case.do(WorkResumed("older", "on_hold", case.after(2 * HOUR).now))
    case.desk.work("case-1")
    merge(case.after(MINUTE), "older", "case-1")
    assert case.clock(RESOLUTION).due_at == case.now + 8 * HOUR - MINUTE


def test_a_first_response_given_in_the_older_case_makes_the_newer_ones_question_a_next_response(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("older")
    case.after(MINUTE).reply("older")
    case.after(MINUTE)
    case.desk.work("case-1")
    asked_at = case.now
    merge(case.after(MINUTE), "older", "case-1")
    assert case.clock(FIRST).status is ClockStatus.CANCELLED
    assert (case.clock(NEXT).started_at, case.clock(NEXT).due_at) == (asked_at, asked_at + HOUR)


def test_an_unanswered_case_merged_into_an_answered_one_waits_for_a_next_response(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("case-1")
    case.reply()
    case.after(MINUTE)
    case.desk.work("newer")
    asked_at = case.now
    merge(case.after(MINUTE), "newer", "case-1")
    assert (case.clock(FIRST).status, case.clock(NEXT).due_at) == (FULFILLED, asked_at + HOUR)
    assert case.item.pauses == ()


def test_merge_frees_the_agent_of_the_case_that_ended(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.agent("aoi")
    case.desk.work("older")
    case.desk.work("case-1")
    merge(case, "older", "case-1")
    assert case.desk.holder("case-1") == "aoi"


def test_a_merge_into_closed_or_unknown_work_just_ends_the_case(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("case-1")
    assert merge(case, "case-1", "elsewhere").refused is None
    assert case.desk.engine.state.work == {}
    assert merge(case, "case-1", "elsewhere").refused.code == "work_closed"


def test_a_case_cannot_be_merged_into_itself(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.work("case-1")
    assert merge(case, "case-1", "case-1").refused.code == "merged_into_itself"


def test_reopen_resume_goes_on_with_the_time_that_was_left(promise, a_policy, all_metrics):
    case = promise(a_policy(*all_metrics, on_reopen=OnReopen.RESUME))
    case.desk.work("case-1")
    start = case.now
    case.after(HOUR // 2).reply()
    case.after(HOUR // 2).close()
    case.after(5 * HOUR).reopen("It is broken again, please send another one as soon as you can")
    resumed = case.seen(SlaApplied)[-2]
    assert (resumed.metric, resumed.resumed, resumed.started_at, resumed.remaining_ms) == (
        RESOLUTION,
        True,
        start,
        7 * HOUR,
    )
    assert case.clock(RESOLUTION).due_at == case.now + 7 * HOUR
    assert (case.clock(FIRST).status, case.clock(NEXT).due_at) == (FULFILLED, case.now + HOUR)


def test_reopen_resume_keeps_what_was_warned_and_breached(promise, a_policy, a_metric):
    resolution = a_metric(RESOLUTION, HOUR, warns=(Warn(percent=50),))
    case = promise(a_policy(resolution, on_reopen=OnReopen.RESUME))
    case.desk.work("case-1")
    case.after(HOUR // 2).fire(RESOLUTION, TimerKind.WARN)
    case.close()
    case.after(HOUR).reopen("x" * 50)
    assert (case.clock(RESOLUTION).warned, case.clock(RESOLUTION).warn_at) == (("50%",), None)
    case.after(HOUR // 2).fire(RESOLUTION)
    case.close()
    case.after(HOUR).reopen("x" * 50)
    assert case.fire(RESOLUTION) == ()
    assert len(case.seen(SlaBreached)) == 1


def test_reopen_restart_begins_every_clock_anew(promise, a_policy, all_metrics):
    case = promise(a_policy(*all_metrics, on_reopen=OnReopen.RESTART))
    case.desk.work("case-1")
    case.after(HOUR // 2).reply()
    case.close()
    case.after(5 * HOUR).reopen("x" * 50)
    due = {name: clock.due_at - case.now for name, clock in case.item.clocks.items()}
    assert due == {FIRST: HOUR, RESOLUTION: 8 * HOUR}


def test_a_first_response_that_was_never_given_resumes_too(promise, a_policy, all_metrics):
    case = promise(a_policy(*all_metrics))
    case.desk.work("case-1")
    case.after(10 * MINUTE).close()
    case.after(HOUR).reopen("x" * 50)
    assert case.clock(FIRST).due_at == case.now + 50 * MINUTE


def test_reopened_work_resumes_after_a_takeover(promise, a_policy, all_metrics):
    case = promise(a_policy(*all_metrics))
    case.desk.work("case-1")
    item = case.item
    case.after(HOUR).close()
    state = State.from_records([json.loads(json.dumps(work_record(item)))])
    case.desk.engine = Engine(case.desk.config, state)
    case.after(HOUR).reopen("x" * 50)
    assert case.clock(RESOLUTION).due_at == case.now + 7 * HOUR


@pytest.mark.parametrize("text", ["Thanks!", "ありがとうございました!", "x" * 40, ""])
def test_seen_clock_runs_on_after_resolve_a_closing_thanks_starts_nothing(promise, a_policy, all_metrics, text):
    case = promise(a_policy(*all_metrics))
    case.desk.work("case-1")
    case.reply()
    case.close()
    before = len(case.seen(SlaEntry))
    case.after(15 * MINUTE).reopen(text)
    assert case.item.closing_thanks
    case.wrote("see you")
    assert len(case.seen(SlaEntry)) == before
    assert case.desk.engine.take_changes().timers_armed == []


@pytest.mark.parametrize(
    ("text", "kind", "minutes"), [("x" * 41, "text", 1), ("Thanks!", "text", 16), ("", "image", 1)]
)
def test_what_is_long_late_or_a_picture_is_no_closing_thanks(promise, a_policy, all_metrics, text, kind, minutes):
    case = promise(a_policy(*all_metrics))
    case.desk.work("case-1")
    case.reply()
    case.close()
    case.after(minutes * MINUTE).reopen(text, kind)
    assert (case.clock(NEXT).status, case.clock(RESOLUTION).status) == (RUNNING, RUNNING)


def test_an_agent_who_reopens_a_case_starts_its_clocks_whatever_the_customer_last_said(promise, a_policy, all_metrics):
    case = promise(a_policy(*all_metrics))
    case.desk.work("case-1")
    case.reply()
    case.close()
    case.after(MINUTE).reopen("Thanks!", asked_by_message=False)
    assert (case.item.closing_thanks, case.clock(RESOLUTION).status) == (False, RUNNING)


def test_a_configured_pattern_may_be_longer_and_the_grace_is_the_policys(promise, a_policy, all_metrics):
    thanks = ClosingThanks(within_ms=HOUR, max_characters=0, matches=lambda text: "thank" in text.lower())
    case = promise(a_policy(*all_metrics, closing_thanks=thanks))
    case.desk.work("case-1")
    case.reply()
    case.close()
    case.after(50 * MINUTE).reopen("Thank you so much, this was exactly what I needed to know!")
    assert case.item.closing_thanks
    case.do(WorkClosed("case-1", "resolved", case.now))
    case.after(MINUTE).reopen("no")
    assert not case.item.closing_thanks


def test_a_question_after_the_thanks_starts_the_clocks_then(promise, a_policy, all_metrics):
    case = promise(a_policy(*all_metrics))
    case.desk.work("case-1")
    case.after(HOUR).reply()
    case.close()
    case.after(MINUTE).reopen("Thanks!")
    case.after(MINUTE).wrote("One more thing: the second parcel has not come either, where is it?")
    assert not case.item.closing_thanks
    assert case.clock(NEXT).due_at == case.now + HOUR
    assert case.clock(RESOLUTION).due_at == case.now + 7 * HOUR


def test_an_answer_to_a_closing_thanks_starts_no_clock_either(promise, a_policy, a_metric, all_metrics):
    case = promise(a_policy(*all_metrics, a_metric(UPDATE, HOUR)))
    case.desk.work("case-1")
    case.reply()
    case.close()
    case.after(MINUTE).reopen("Thanks!")
    before = len(case.seen(SlaEntry))
    case.reply()
    assert len(case.seen(SlaEntry)) == before


def test_a_transfer_changes_no_sla_clock(promise, all_metrics):
    case = promise(*all_metrics)
    case.desk.agent("aoi")
    case.desk.do(ConfigureAgent("mio", "Mio", ("escalated",), {}, {}))
    case.desk.work("case-1")
    before = dict(case.item.clocks)
    case.after(MINUTE).do(RequeueWork("case-1", None, "please", "escalated"))
    assert (case.item.queue, case.item.clocks) == ("escalated", before)
