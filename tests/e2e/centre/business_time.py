"""Business time the slow way: quarter hour after quarter hour on the wall clock. Nothing of the product's calendar is used.

All hours and changes of clocks that the scenarios know fall on quarters.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

QUARTER = timedelta(minutes=15)
YEAR = timedelta(days=366)
Opens = Callable[[datetime], bool]
"""Whether the quarter that the wall clock shows is open."""


def due(start: datetime, target: timedelta, zone: str, is_open: Opens) -> datetime:
    """The instant by which `target` of open time has passed since `start`."""
    at, left, local = start.astimezone(UTC), target, ZoneInfo(zone)
    while True:
        wall = at.astimezone(local)
        end = floored(at) + QUARTER
        if is_open(wall):
            if left <= end - at:
                return at + left
            left -= end - at
        at = end


def open_between(start: datetime, end: datetime, zone: str, is_open: Opens) -> timedelta:
    """In whole quarters."""
    at, total, local = floored(start.astimezone(UTC)), timedelta(0), ZoneInfo(zone)
    while at < end:
        total += QUARTER if is_open(at.astimezone(local)) else timedelta(0)
        at += QUARTER
    return total


def floored(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def next_change(after: datetime, zone: str) -> datetime:
    """When the zone's clocks are put forward or back next."""
    local = ZoneInfo(zone)
    at = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    end = at + YEAR
    while at < end:
        later = at + timedelta(hours=1)
        if at.astimezone(local).utcoffset() != later.astimezone(local).utcoffset():
            return later
        at = later
    raise AssertionError(f"the clocks of {zone} are not changed within a year")
