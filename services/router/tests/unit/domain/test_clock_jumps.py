"""The database's clock may jump; what is decided never goes back in time and nothing comes early."""

from dataclasses import replace
from random import Random

import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import AgentReplied, SlaTimerDue, WorkClosed, WorkRequested
from router.domain.config import QueueConfig, SlaMetric, SlaPolicy
from router.domain.engine import Engine
from router.domain.events import OfferEnded, SlaApplied, SlaBreached, SlaFulfilled, WorkOffered
from router.domain.model import ChannelClass, MetricName, TimerKind
from router.domain.state import State

HOUR = 3_600_000
FIRST = SlaPolicy("first", 1, (SlaMetric(MetricName.FIRST_RESPONSE, 600_000),))


def request(case_id: str, at: int) -> WorkRequested:
    return WorkRequested(case_id, at, "line", ChannelClass.MESSAGING)


def test_a_clock_that_goes_back_stands_still_until_it_has_caught_up(open_desk) -> None:
    desk = open_desk()
    desk.agent("aoi", room=5)
    desk.work("before")
    start, engine = desk.now, desk.engine
    ahead = engine.decide(request("ahead", start + HOUR), start + HOUR)
    behind = engine.decide(request("behind", start), start)
    assert {event.at for event in (*ahead.events, *behind.events)} == {start + HOUR}
    offer = next(event for event in behind.events if isinstance(event, WorkOffered))
    assert offer.expires_at == start + HOUR + 30_000
    assert engine.advance(start + 30_000) == (), "by the clock's own time an hour is missing"
    assert engine.advance(offer.expires_at - 1) == ()
    expired = [event for event in engine.advance(offer.expires_at) if isinstance(event, OfferEnded)]
    assert {event.at for event in expired} == {offer.expires_at}


def test_a_new_owner_whose_clock_is_behind_goes_on_from_what_was_decided(open_desk) -> None:
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    records = desk.engine.state.records()
    engine = Engine(desk.config, State.from_records(**records))
    taken_over = engine.decide(request("case-2", desk.now - HOUR), desk.now - HOUR)
    assert {event.at for event in taken_over.events} == {desk.now}
    assert engine.explain("case-1", desk.now - HOUR).wait is not None
    assert engine.wait_view("case-2", desk.now - HOUR).waited_ms == 0


def test_a_fact_stamped_in_the_future_happened_now(open_desk) -> None:
    """(a writer's clock ahead of ours must neither delay a promise nor make a wait negative)"""
    desk = open_desk(sla_policies=(FIRST,))
    told = desk.work("case-1", requested_at=desk.now + HOUR, original_created_at=desk.now + HOUR).events
    (applied,) = [event for event in told if isinstance(event, SlaApplied)]
    assert (applied.started_at, applied.due_at, applied.remaining_ms) == (desk.now, desk.now + 600_000, 600_000)
    item = desk.engine.state.work["case-1"]
    assert (item.requested_at, item.aged_from, item.wrote_at) == (desk.now, desk.now, desk.now)
    desk.now += 1_000
    desk.work("case-2")
    assert [view.oldest_wait_ms for view in desk.engine.queue_view(desk.now)] == [1_000]
    desk.do(AgentReplied("case-1", "m-1", desk.now + HOUR, "aoi"))
    assert desk.engine.state.work["case-1"].answered_at == desk.now
    desk.do(WorkClosed("case-1", "resolved", desk.now + HOUR))
    assert [event.at for event in desk.seen(SlaFulfilled)] == [desk.now]


def test_a_readers_clock_moves_no_decision(open_desk) -> None:
    desk = open_desk()
    desk.agent("aoi")
    desk.work("case-1")
    before = desk.engine.state_hash()
    desk.engine.queue_view(desk.now + HOUR)
    desk.engine.explain("case-1", desk.now + HOUR)
    desk.engine.wait_view("case-1", desk.now + HOUR)
    assert desk.engine.state_hash() == before
    assert desk.work("case-2").events[0].at == desk.now


def test_an_early_sla_timer_of_a_clock_that_went_back_breaches_nothing(open_desk) -> None:
    desk = open_desk(sla_policies=(FIRST,))
    desk.work("case-1")
    (breach,) = [timer for timer in desk.engine.take_changes().timers_armed if timer.kind is TimerKind.BREACH]
    due = SlaTimerDue("case-1", breach.metric, breach.kind, breach.version)
    early = desk.engine.decide(due, breach.due_at - 1)
    back = desk.engine.decide(due, breach.due_at - HOUR)
    assert not [event for event in (*early.events, *back.events) if isinstance(event, SlaBreached)]
    on_time = desk.engine.decide(due, breach.due_at)
    assert [event.at for event in on_time.events if isinstance(event, SlaBreached)] == [breach.due_at]


@pytest.mark.parametrize("seed", range(10))
def test_under_any_jumps_instants_never_fall_and_no_offer_ends_before_its_time(open_desk, seed: int) -> None:
    dice, desk = Random(seed), open_desk(QueueConfig("support", max_declines_per_agent=100))
    desk.agent("aoi", room=5)
    clock, told = desk.now, []
    for number in range(300):
        clock += dice.choice([0, 500, 7_000, 40_000, -3_000, -90_000, 600_000, -700_000])
        if number % 10 == 0:
            told += desk.engine.decide(request(f"case-{number}", clock), clock).events
        told += desk.engine.advance(clock)
    instants = [event.at for event in told]
    assert instants == sorted(instants)
    expires = {event.offer_id: event.expires_at for event in told if isinstance(event, WorkOffered)}
    ended = [event for event in told if isinstance(event, OfferEnded)]
    assert ended
    assert all(event.at >= expires[event.offer_id] for event in ended)


def test_a_calendars_opening_is_never_early_and_happens_after_a_jump(open_desk) -> None:
    monday = 1_790_000_000_000 // 86_400_000 * 86_400_000
    hours = {day: (Hours(540, 1080),) for day in range(7)}
    calendar = BusinessCalendar(CalendarConfig("office", 1, "UTC", hours, frozenset(), {}))
    desk = open_desk(replace(QueueConfig("support"), calendar="office"), calendars={"office": calendar})
    desk.now = monday + 8 * HOUR
    desk.agent("aoi")
    desk.work("case-1")
    assert desk.holder("case-1") is None
    assert not desk.engine.advance(monday + 9 * HOUR - 1)
    assert not desk.engine.advance(monday + 7 * HOUR)
    assert [type(event) for event in desk.engine.advance(monday + 9 * HOUR)] == [WorkOffered]
