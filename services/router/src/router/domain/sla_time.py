"""Business time of a clock, and the instants of its warnings."""

from dataclasses import dataclass
from functools import lru_cache

from router.domain.calendar import BusinessCalendar, CalendarError
from router.domain.config import RoutingConfig
from router.domain.model import WarnPoint
from router.domain.sla_config import Warn
from router.domain.warn_points import shared_points

FAR = 7_258_118_400_000  # 2200-01-01


@dataclass(frozen=True, slots=True)
class BusinessTime:
    """A calendar, or around the clock."""

    calendar: BusinessCalendar | None

    def between(self, start: int, end: int) -> int:
        return end - start if self.calendar is None else self.calendar.between(start, end)

    def add(self, start: int, business_ms: int) -> int:
        """Time that is overdrawn was due so much business time ago.

        What no calendar reaches must not stop the routing: the far end of time, or as long ago as around the clock.
        """
        if self.calendar is None:
            return start + business_ms
        try:
            return self.calendar.add(start, business_ms)
        except CalendarError:
            return FAR if business_ms > 0 else start + business_ms


def business_time(config: RoutingConfig, calendar: str | None) -> BusinessTime:
    """A calendar that is gone counts around the clock, until its clocks are targeted anew."""
    return BusinessTime(None if calendar is None else config.calendars.get(calendar))


def calendar_revision(config: RoutingConfig, calendar: str | None) -> int:
    return 0 if calendar is None else config.calendars[calendar].revision


@lru_cache(maxsize=1_024)
def warn_points(warns: tuple[Warn, ...], target_ms: int) -> tuple[WarnPoint, ...]:
    """The earliest first."""
    points = ((warn.left_of(target_ms), warn.name) for warn in warns)
    return shared_points(tuple(sorted(points, key=lambda point: (-point[0], point[1]))))


def warn_instant(time: BusinessTime, at: int, left_ms: int, warns: tuple[WarnPoint, ...]) -> int | None:
    return time.add(at, left_ms - warns[0].left_ms) if warns else None
