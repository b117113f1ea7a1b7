"""Business time: when a calendar is open, and sums over it by bisection."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTES_A_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_FIRST_YEAR, _LAST_YEAR = 1971, 2200


class CalendarError(ValueError):
    """The calendar cannot tell time: it is empty or its hours are impossible."""


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """Minutes since local midnight, 0–1440; an end at or before the start is on the next day."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CalendarConfig:
    """`weekly` is keyed 0 (Monday) to 6. An exception replaces a date's hours and outranks a holiday.

    Hours that cross midnight belong to the day they start on: a holiday on the day after does not cut them.
    """

    name: str
    revision: int
    zone: str
    weekly: Mapping[int, tuple[Hours, ...]]
    holidays: frozenset[date] = frozenset()
    exceptions: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)


class BusinessCalendar:
    """Open time as sorted UTC intervals with prefix sums, computed for the years asked about so far."""

    def __init__(self, config: CalendarConfig) -> None:
        _check(config)
        self.config = config
        self._zone = _zone(config)
        self._years: tuple[int, int] | None = None
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._before: list[int] = []

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def revision(self) -> int:
        return self.config.revision

    def is_open(self, at: int) -> bool:
        self._cover(at, at)
        index = bisect_right(self._starts, at) - 1
        return index >= 0 and at < self._ends[index]

    def next_open(self, at: int) -> int:
        """The first open instant at or after `at`."""
        if self.is_open(at):
            return at
        while (index := bisect_right(self._starts, at)) == len(self._starts):
            self._grow()
        return self._starts[index]

    def next_close(self, at: int) -> int:
        """When the open time around `at` ends; raises CalendarError when the calendar is closed then."""
        if not self.is_open(at):
            raise CalendarError(f"Calendar {self.name!r} is closed at {at}.")
        return self._ends[bisect_right(self._starts, at) - 1]

    def between(self, start: int, end: int) -> int:
        """Open milliseconds from start to end; negative when end is earlier."""
        if end < start:
            return -self.between(end, start)
        self._cover(start, end)
        return self._open_until(end) - self._open_until(start)

    def add(self, start: int, business_ms: int) -> int:
        """The earliest instant by which `business_ms` of open time have passed since `start`; negative goes back as far."""
        if business_ms <= 0:
            return self._back(start, -business_ms) if business_ms else start
        self._cover(start, start)
        wanted = self._open_until(start) + business_ms
        while self._before[-1] + self._ends[-1] - self._starts[-1] < wanted:
            start_index = self._open_until(start)
            self._grow()
            wanted += self._open_until(start) - start_index
        index = bisect_right(self._before, wanted - 1) - 1
        return self._starts[index] + wanted - self._before[index]

    def _back(self, end: int, business_ms: int) -> int:
        """The latest instant from which `business_ms` of open time pass until `end`."""
        self._cover(end, end)
        while self._open_until(end) < business_ms and self._years is not None and self._years[0] > _FIRST_YEAR:
            first, last = self._years
            self._compute(max(first - (last - first + 1), _FIRST_YEAR), last)
        wanted = self._open_until(end) - business_ms
        if wanted < 0:
            raise CalendarError(f"Calendar {self.name!r} has not been open for so long since the year {_FIRST_YEAR}.")
        index = bisect_right(self._before, wanted) - 1
        return self._starts[index] + wanted - self._before[index]

    def _open_until(self, at: int) -> int:
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return 0
        return self._before[index] + min(at, self._ends[index]) - self._starts[index]

    def _cover(self, start: int, end: int) -> None:
        first, last = _year(start) - 1, _year(end) + 1
        if self._years is None:
            self._compute(first, last)
        elif first < self._years[0] or last > self._years[1]:
            self._compute(min(first, self._years[0]), max(last, self._years[1]))

    def _grow(self) -> None:
        """Twice the years, because all are computed anew: a target far away must not keep the router from its work."""
        if self._years is None or self._years[1] >= _LAST_YEAR:
            raise CalendarError(f"Calendar {self.name!r} has no open time left before the year {_LAST_YEAR}.")
        first, last = self._years
        self._compute(first, min(last + (last - first + 1), _LAST_YEAR))

    def _compute(self, first: int, last: int) -> None:
        self._years = (first, last)
        self._starts, self._ends, self._before = [], [], []
        total = 0
        for start, end in _merged(sorted(self._intervals(first, last))):
            self._starts.append(start)
            self._ends.append(end)
            self._before.append(total)
            total += end - start

    def _intervals(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        day, stop = date(max(first, _FIRST_YEAR), 1, 1), date(min(last, _LAST_YEAR) + 1, 1, 1)
        while day < stop:
            for hours in self._hours(day):
                end = hours.end if hours.end > hours.start else hours.end + MINUTES_A_DAY
                start_at, end_at = self._instant(day, hours.start), self._instant(day, end)
                if start_at < end_at:
                    yield start_at, end_at
            day += timedelta(days=1)

    def _hours(self, day: date) -> tuple[Hours, ...]:
        if day in self.config.exceptions:
            return self.config.exceptions[day]
        return () if day in self.config.holidays else self.config.weekly.get(day.weekday(), ())

    def _instant(self, day: date, minutes: int) -> int:
        """The first instant at which the wall clock shows this time or a later one."""
        wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001 (wall clock)
        later = wall.replace(tzinfo=self._zone).astimezone(UTC)
        if later.astimezone(self._zone).replace(tzinfo=None) == wall:
            return _millis(later)
        earlier = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        return _millis(self._jump(earlier, later))

    def _jump(self, before: datetime, after: datetime) -> datetime:
        """The instant in (before, after] at which clocks were put forward."""
        offset = before.astimezone(self._zone).utcoffset()
        while after - before > _SECOND:
            middle = before + _SECOND * ((after - before) // _SECOND // 2)
            if middle.astimezone(self._zone).utcoffset() == offset:
                before = middle
            else:
                after = middle
        return after


def _zone(config: CalendarConfig) -> ZoneInfo:
    """Of this machine: its list of zones may be older than that of whoever checked the configuration."""
    try:
        return ZoneInfo(config.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CalendarError(f"Calendar {config.name!r}: there is no time zone {config.zone!r}.") from None


def _check(config: CalendarConfig) -> None:
    for hours in [*config.weekly.values(), *config.exceptions.values()]:
        for span in hours:
            if not (0 <= span.start <= MINUTES_A_DAY and 0 <= span.end <= MINUTES_A_DAY):
                raise CalendarError(f"Calendar {config.name!r}: hours are 00:00 to 24:00.")
    if any(weekday not in range(7) for weekday in config.weekly):
        raise CalendarError(f"Calendar {config.name!r}: a weekday is 0 (Monday) to 6 (Sunday).")
    if not any(config.weekly.values()):
        raise CalendarError(f"Calendar {config.name!r} is empty: it has no opening hours in any week.")


def _merged(intervals: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    current: tuple[int, int] | None = None
    for start, end in intervals:
        if current is not None and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current is not None:
            yield current
        current = (start, end)
    if current is not None:
        yield current


def _year(at: int) -> int:
    return (_EPOCH + timedelta(milliseconds=at)).year


def _millis(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
