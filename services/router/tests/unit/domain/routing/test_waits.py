import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import FactsChanged, WorkClosed
from router.domain.config import QueueConfig
from router.domain.estimates import WaitState
from router.domain.events import Refusal
from router.domain.model import Presence, QueueMode

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000


def queue(name="support", **changes):
    return QueueConfig(name, mode=QueueMode.AUTO_ASSIGN, **changes)


def answered(desk, count, wait):
    for number in range(count):
        case_id = f"{desk.now}-{number}"
        desk.presence("aoi", "busy")
        desk.work(case_id)
        desk.now += wait
        desk.presence("aoi", "available")
        desk.do(WorkClosed(case_id, "x", desk.now))
    desk.presence("aoi", "busy")


def estimate(desk):
    desk.work("probe")
    found = desk.engine.wait_view("probe", desk.now).estimated_wait_ms
    desk.do(WorkClosed("probe", "gone", desk.now))
    return found


def test_the_estimate_is_hidden_before_20_samples(open_desk):
    desk = open_desk(queue())
    desk.agent("aoi")
    answered(desk, 19, 5 * MINUTE)
    assert estimate(desk) is None
    answered(desk, 1, 5 * MINUTE)
    assert estimate(desk) == 5 * MINUTE


def test_the_estimate_follows_recent_waits_and_is_never_under_a_minute(open_desk):
    desk = open_desk(queue())
    desk.agent("aoi")
    answered(desk, 20, 5 * MINUTE)
    answered(desk, 5, 10 * MINUTE)
    assert 6 * MINUTE < estimate(desk) < 8 * MINUTE
    answered(desk, 200, SECOND)
    assert estimate(desk) == MINUTE


def test_the_estimate_is_reset_after_seven_idle_days(open_desk):
    desk = open_desk(queue())
    desk.agent("aoi")
    answered(desk, 20, 5 * MINUTE)
    desk.now += 7 * DAY + 1
    assert estimate(desk) is None
    answered(desk, 19, 2 * MINUTE)
    assert estimate(desk) is None


def test_estimates_are_by_queue_and_signature(open_desk):
    desk = open_desk(queue())
    desk.agent("aoi", skills={"billing": 3})
    answered(desk, 20, 5 * MINUTE)
    desk.work("other", ("billing", 2))
    assert desk.engine.wait_view("other", desk.now).estimated_wait_ms is None


def test_the_position_is_exact_and_no_agents_is_a_state_of_its_own(open_desk):
    desk = open_desk(queue())
    for number, priority in enumerate((5, 5, 1)):
        desk.now += 1
        desk.work(f"case-{number}", priority=priority)
    views = [desk.engine.wait_view(f"case-{number}", desk.now) for number in range(3)]
    assert [view.position for view in views] == [2, 3, 1]
    assert {view.state for view in views} == {WaitState.NO_AGENTS}
    desk.agent("aoi", presence="busy")
    assert desk.engine.wait_view("case-0", desk.now).state is WaitState.WAITING
    desk.presence("aoi", "available")
    assert desk.engine.wait_view("case-2", desk.now).state is WaitState.NOT_WAITING
    refused = desk.engine.wait_view("ghost", desk.now)
    assert isinstance(refused, Refusal)
    assert refused.code == "unknown_work"


def test_the_position_counts_over_all_signatures(open_desk):
    desk = open_desk(queue())
    for number in range(6):
        desk.now += 1
        desk.work(f"case-{number}", *([("billing", number)] if number % 2 else []))
    assert [desk.engine.wait_view(f"case-{number}", desk.now).position for number in range(6)] == [1, 2, 3, 4, 5, 6]


def test_ageing_is_per_segment_and_the_position_is_then_unknown(open_desk):
    desk = open_desk(queue(ageing_points_per_minute=0.1, ageing_by_segment={"gold": 1.0}))
    desk.work("plain", priority=2, attributes={"customer": {"tier": "none"}})
    desk.work("gold", priority=5, attributes={"customer": {"tier": "gold"}})
    assert desk.engine.wait_view("gold", desk.now).position is None
    desk.after(2 * MINUTE)
    assert desk.engine.explain("plain", desk.now).order < desk.engine.explain("gold", desk.now).order
    desk.after(2 * MINUTE)
    desk.agent("aoi")
    assert desk.holder("gold") == "aoi"


def test_a_customer_who_becomes_gold_while_waiting_ages_as_gold_from_the_start(open_desk):
    desk = open_desk(queue(ageing_by_segment={"gold": 2.0}))
    desk.work("other", priority=3)
    desk.work("case-1", priority=5)
    desk.after(3 * MINUTE)
    desk.do(FactsChanged("case-1", desk.now, {"customer": {"tier": "gold"}}))
    desk.agent("aoi")
    assert desk.holder("case-1") == "aoi"


def test_live_figures_count_service_level_abandoned_missed_and_occupancy(open_desk):
    desk = open_desk(QueueConfig("support", answer_within_ms=20 * SECOND, offer_timeout_ms=10 * SECOND))
    desk.agent("aoi", room=2)
    desk.agent("ben", room=2, presence="away")
    desk.work("quick")
    desk.accept("quick")
    desk.work("slow")
    desk.after(10 * SECOND)
    desk.after(10 * SECOND)
    desk.after(1)
    desk.accept("slow")
    desk.work("left")
    desk.do(WorkClosed("left", "gone", desk.now))
    view = desk.engine.queue_view(desk.now)[0]
    assert view.agents == {Presence.AVAILABLE: 1, Presence.BUSY: 0, Presence.AWAY: 1, Presence.OFFLINE: 0}
    assert view.occupancy == 1.0
    for minutes in (15, 60, 1_440):
        tally = view.over[minutes]
        assert (tally.answered, tally.in_time, tally.abandoned, tally.missed) == (2, 1, 1, 2)
        assert tally.service_level == pytest.approx(1 / 3)
    desk.now += 16 * MINUTE
    over = desk.engine.queue_view(desk.now)[0].over
    assert (over[15].answered, over[60].answered, over[1_440].answered) == (0, 2, 2)


def test_a_closed_queue_says_so(open_desk):
    now = open_desk().now
    minutes = now // MINUTE % 1_440
    hours = {day: (Hours((minutes + 60) % 1_440, (minutes + 120) % 1_440),) for day in range(7)}
    calendars = {"office": BusinessCalendar(CalendarConfig("office", 1, "UTC", hours))}
    desk = open_desk(queue(calendar="office"), calendars=calendars)
    desk.agent("aoi")
    desk.work("case-1")
    assert desk.engine.wait_view("case-1", desk.now).state is WaitState.CLOSED
    assert desk.engine.queue_view(desk.now)[0].is_closed
