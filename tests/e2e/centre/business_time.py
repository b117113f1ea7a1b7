"""Business time the slow way: minute after minute on the wall clock. Nothing of the product's calendar is used here."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=366)
Opens = Callable[[datetime], bool]
"""Whether the wall clock shows an open minute."""


def due(start: datetime, target: timedelta, zone: str, is_open: Opens) -> datetime:
    """The instant by which `target` of open time has passed since `start`."""
    at, left, local = start.astimezone(UTC), target, ZoneInfo(zone)
    while True:
        wall = at.astimezone(local)
        next_minute = at + MINUTE - timedelta(seconds=at.second, microseconds=at.microsecond)
        if is_open(wall):
            if left <= next_minute - at:
                return at + left
            left -= next_minute - at
        at = next_minute


def open_between(start: datetime, end: datetime, zone: str, is_open: Opens) -> timedelta:
    """Both on whole minutes."""
    at, total, local = start.astimezone(UTC), timedelta(0), ZoneInfo(zone)
    while at < end:
        total += MINUTE if is_open(at.astimezone(local)) else timedelta(0)
        at += MINUTE
    return total


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
