"""Special days, the change of clocks and counting back, against the walk minute by minute of `test_calendar`."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain.calendar import BusinessCalendar, CalendarConfig, CalendarError, Hours

MINUTE = 60_000
HOUR = 60 * MINUTE
LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")
NINE_TO_SIX = (Hours(9 * 60, 18 * 60),)
WEEKDAYS = dict.fromkeys(range(5), NINE_TO_SIX)


def at(zone: ZoneInfo, *parts: int) -> int:
    return int(datetime(*parts, tzinfo=zone).timestamp() * 1000)


def office(zone: str = "Asia/Tokyo", **changes: object) -> BusinessCalendar:
    return BusinessCalendar(CalendarConfig("office", 1, zone, **{"weekly": WEEKDAYS, **changes}))


def test_a_target_across_the_spring_change_in_london_counts_elapsed_time() -> None:
    """29 March 2026: 01:00 becomes 02:00. A night shift of 22:00–06:00 has seven hours."""
    night = office("Europe/London", weekly={day: (Hours(22 * 60, 6 * 60),) for day in range(7)})
    start = at(LONDON, 2026, 3, 28, 22)
    assert night.between(start, at(LONDON, 2026, 3, 29, 6)) == 7 * HOUR
    assert night.add(start, 4 * HOUR) == at(LONDON, 2026, 3, 29, 3)
    assert night.add(start, 7 * HOUR) == at(LONDON, 2026, 3, 29, 6)


def test_a_target_across_the_autumn_change_in_london_counts_elapsed_time() -> None:
    """25 October 2026: 02:00 becomes 01:00. The same shift has nine hours."""
    night = office("Europe/London", weekly={day: (Hours(22 * 60, 6 * 60),) for day in range(7)})
    start = at(LONDON, 2026, 10, 24, 22)
    assert night.between(start, at(LONDON, 2026, 10, 25, 6)) == 9 * HOUR
    assert night.add(start, 4 * HOUR) == int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp() * 1000)


def test_office_hours_in_london_keep_their_wall_clock_over_both_changes() -> None:
    calendar = office("Europe/London")
    assert calendar.add(at(LONDON, 2026, 3, 27, 17), 2 * HOUR) == at(LONDON, 2026, 3, 30, 10)
    assert calendar.add(at(LONDON, 2026, 10, 23, 17), 2 * HOUR) == at(LONDON, 2026, 10, 26, 10)


def test_a_japanese_holiday_and_its_substitute_move_a_deadline() -> None:
    """勤労感謝の日, Monday 23 November 2026: what is asked on Friday evening is due on Tuesday."""
    friday = at(TOKYO, 2026, 11, 20, 17)
    assert office().add(friday, 2 * HOUR) == at(TOKYO, 2026, 11, 23, 10)
    closed = office(holidays=frozenset({date(2026, 11, 23)}))
    assert closed.add(friday, 2 * HOUR) == at(TOKYO, 2026, 11, 24, 10)


def test_special_hours_open_a_holiday_and_a_sunday_and_no_hours_close_a_workday() -> None:
    sunday, holiday, eve = date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)
    special = {sunday: (Hours(600, 720),), holiday: (Hours(780, 840),), eve: ()}
    calendar = office(holidays=frozenset({holiday}), exceptions=special)
    assert calendar.add(at(TOKYO, 2026, 11, 20, 18), 2 * HOUR + 1) == at(TOKYO, 2026, 11, 23, 13) + 1
    assert calendar.add(at(TOKYO, 2026, 11, 20, 18), 3 * HOUR + 1) == at(TOKYO, 2026, 11, 25, 9) + 1


def test_special_hours_may_cross_midnight_and_do_not_end_those_of_the_day_before() -> None:
    days = {date(2026, 11, 20): (Hours(22 * 60, 2 * 60),), date(2026, 11, 21): (Hours(60, 180),)}
    calendar = office(exceptions=days)
    assert calendar.between(at(TOKYO, 2026, 11, 20, 0), at(TOKYO, 2026, 11, 22, 0)) == 5 * HOUR


hours = st.builds(Hours, st.integers(0, 96).map(lambda q: q * 15), st.integers(0, 96).map(lambda q: q * 15))
some_hours = st.lists(hours, max_size=3).map(tuple)
odd_days = st.sampled_from(
    [("Europe/London", date(2026, 3, 29)), ("Europe/London", date(2026, 10, 25)), ("Pacific/Apia", date(2011, 12, 30))]
)


@settings(max_examples=80, deadline=None)
@given(odd_days, st.data(), st.integers(0, 5 * 24 * 60), st.integers(0, 60 * 60 * 60))
def test_going_back_is_the_latest_instant_from_which_the_time_passes(place, data, minute, seconds) -> None:
    zone, day = place
    near = st.integers(-3, 3).map(lambda n: day + timedelta(days=n))
    exceptions = data.draw(st.dictionaries(near, some_hours, max_size=3))
    calendar = office(zone, weekly={0: NINE_TO_SIX, 5: (Hours(20 * 60, 4 * 60),)}, exceptions=exceptions)
    end = at(ZoneInfo("UTC"), day.year, day.month, day.day) + (minute - 2 * 24 * 60) * MINUTE
    overdrawn = seconds * 1000
    start = calendar.add(end, -overdrawn)
    assert start <= end
    assert calendar.between(start, end) == overdrawn
    assert calendar.between(end, start) == -overdrawn
    if overdrawn:
        assert calendar.between(start + 1, end) == overdrawn - 1


def test_going_back_may_take_years_but_not_for_ever() -> None:
    calendar = office(weekly={0: (Hours(540, 600),)})
    end = at(TOKYO, 2026, 9, 21, 10)
    assert calendar.add(end, -520 * HOUR) == at(TOKYO, 2026, 9, 21, 9) - 519 * 7 * 24 * HOUR
    with pytest.raises(CalendarError, match="has not been open for so long"):
        calendar.add(end, -4_000 * HOUR)
