"""Against a stepper that walks minute by minute and knows nothing of sums."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.domain.calendar import BusinessCalendar, CalendarConfig, CalendarError, Hours

MINUTE = 60_000
HOUR = 60 * MINUTE
# start of the window to walk, and what is odd there
ODD_DAYS = [
    ("Europe/Berlin", date(2026, 3, 28)),  # an hour is skipped
    ("Europe/Berlin", date(2026, 10, 24)),  # an hour comes twice
    ("America/Havana", date(2026, 3, 7)),  # midnight itself is skipped
    ("America/Havana", date(2026, 10, 31)),  # the hour before 01:00 comes twice
    ("Australia/Lord_Howe", date(2026, 4, 4)),  # half an hour comes twice
    ("Australia/Lord_Howe", date(2026, 10, 3)),
    ("Pacific/Apia", date(2011, 12, 29)),  # a whole day is skipped
    ("Asia/Kathmandu", date(2026, 6, 1)),  # +05:45
    ("Asia/Tokyo", date(2026, 12, 30)),
]


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


def calendar(weekly, zone="UTC", **changes) -> BusinessCalendar:
    return BusinessCalendar(CalendarConfig("shop", 1, zone, weekly, **changes))


class Stepper:
    """Opening and closing minutes are the first ones at which the wall clock shows the time or a later one."""

    def __init__(self, config: CalendarConfig, first: date) -> None:
        zone = ZoneInfo(config.zone)
        noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC) - timedelta(days=3)
        self.start = int(noon.timestamp() * 1000)
        minutes = range(8 * 24 * 60)
        walls = [(noon + timedelta(minutes=m)).astimezone(zone).replace(tzinfo=None) for m in minutes]
        highest = [walls[0]]
        for wall in walls[1:]:
            highest.append(max(highest[-1], wall))
        self.open = [False] * len(walls)
        for day in (first + timedelta(days=n) for n in range(-5, 7)):
            for hours in self._hours(config, day):
                midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 (wall clock)
                end = hours.end if hours.end > hours.start else hours.end + 24 * 60
                opens = bisect_left(highest, midnight + timedelta(minutes=hours.start))
                closes = bisect_left(highest, midnight + timedelta(minutes=end))
                for minute in range(opens, closes):
                    self.open[minute] = True

    @staticmethod
    def _hours(config, day):
        if day in config.exceptions:
            return config.exceptions[day]
        return () if day in config.holidays else config.weekly.get(day.weekday(), ())

    def at(self, minute: int) -> int:
        return self.start + minute * MINUTE

    def count(self, start: int, end: int) -> int:
        return sum(self.open[start:end])


hours = st.builds(Hours, st.integers(0, 96).map(lambda q: q * 15), st.integers(0, 96).map(lambda q: q * 15))
some_hours = st.lists(hours, max_size=3).map(tuple)


@st.composite
def configs(draw):
    zone, day = draw(st.sampled_from(ODD_DAYS))
    weekly = draw(
        st.dictionaries(st.integers(0, 6), some_hours, min_size=3, max_size=7).filter(lambda w: any(w.values()))
    )
    near = st.integers(-2, 3).map(lambda n: day + timedelta(days=n))
    holidays = draw(st.frozensets(near, max_size=2))
    exceptions = draw(st.dictionaries(near, some_hours, max_size=2))
    return CalendarConfig("shop", 1, zone, weekly, holidays, exceptions), day


WALK = 5 * 24 * 60
minutes = st.integers(24 * 60, 24 * 60 + WALK)


@settings(max_examples=60, deadline=None)
@given(configs(), minutes, minutes)
def test_sums_equal_a_walk_minute_by_minute(config_and_day, one, other):
    config, day = config_and_day
    walk, shop = Stepper(config, day), BusinessCalendar(config)
    start, end = sorted((one, other))
    assert shop.between(walk.at(start), walk.at(end)) == walk.count(start, end) * MINUTE
    assert shop.is_open(walk.at(start)) == walk.open[start]
    assert shop.between(walk.at(end), walk.at(start)) == -walk.count(start, end) * MINUTE
    opened = next((m for m in range(start, start + WALK // 5) if walk.open[m]), None)
    if opened is not None:
        assert shop.next_open(walk.at(start)) == walk.at(opened)


@settings(max_examples=60, deadline=None)
@given(configs(), minutes, st.integers(0, 40 * 60 * 60))
def test_add_is_the_earliest_instant_by_which_the_time_has_passed(config_and_day, minute, seconds):
    config, day = config_and_day
    shop = BusinessCalendar(config)
    start, wanted = at(day.year, day.month, day.day) + (minute - 3 * 24 * 60) * MINUTE, seconds * 1000
    end = shop.add(start, wanted)
    assert end >= start
    assert shop.between(start, end) == wanted
    if wanted:
        assert shop.between(start, end - 1) == wanted - 1


def test_hours_may_cross_midnight_and_end_at_24():
    shop = calendar({0: (Hours(22 * 60, 2 * 60),), 2: (Hours(20 * 60, 24 * 60),)})
    monday = at(2026, 9, 21)
    assert shop.between(monday, monday + 48 * HOUR) == 4 * HOUR
    assert shop.is_open(monday + 25 * HOUR)
    assert not shop.is_open(monday + 26 * HOUR)
    assert shop.between(monday + 48 * HOUR, monday + 96 * HOUR) == 4 * HOUR


def test_several_intervals_a_day_that_touch_or_overlap_count_once():
    shop = calendar({0: (Hours(540, 720), Hours(720, 780), Hours(600, 660))})
    assert shop.between(at(2026, 9, 21), at(2026, 9, 22)) == 4 * HOUR


def test_holidays_close_and_exceptions_outrank_them():
    every_day = {day: (Hours(540, 1020),) for day in range(7)}
    first, second = date(2026, 1, 1), date(2026, 1, 2)
    shop = calendar(every_day, holidays=frozenset({first, second}), exceptions={second: (Hours(600, 660),)})
    assert shop.between(at(2026, 1, 1), at(2026, 1, 3)) == HOUR
    assert shop.next_open(at(2025, 12, 31, 17)) == at(2026, 1, 2, 10)


def test_dst_counts_elapsed_time():
    """24:00–06:00 of a Berlin night is 5 hours in spring and 7 in autumn."""
    shop = calendar({6: (Hours(0, 360),)}, "Europe/Berlin")
    assert shop.between(at(2026, 3, 28, 12), at(2026, 3, 29, 12)) == 5 * HOUR
    assert shop.between(at(2026, 10, 24, 12), at(2026, 10, 25, 12)) == 7 * HOUR


def test_a_deadline_at_closing_time_is_closing_time():
    shop = calendar({0: (Hours(540, 1020),)})
    assert shop.add(at(2026, 9, 21, 9), 8 * HOUR) == at(2026, 9, 21, 17)
    assert shop.add(at(2026, 9, 21, 9), 8 * HOUR + 1) == at(2026, 9, 28, 9) + 1


def test_time_may_be_added_for_years():
    shop = calendar({0: (Hours(540, 600),)})
    assert shop.add(at(2026, 9, 21), 520 * HOUR) == at(2026, 9, 21, 10) + 519 * 7 * 24 * HOUR


@pytest.mark.parametrize(
    ("weekly", "message"),
    [
        ({}, "is empty"),
        ({0: ()}, "is empty"),
        ({7: (Hours(0, 60),)}, "a weekday is 0"),
        ({0: (Hours(0, 1441),)}, "00:00 to 24:00"),
    ],
)
def test_a_calendar_that_cannot_tell_time_is_a_configuration_error(weekly, message):
    with pytest.raises(CalendarError, match=message):
        calendar(weekly)
