"""routing.md §7 on calendars: due instants are compared to a stepper's, in zones whose clocks change and over holidays."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from centre import business_time
from centre.answers import when
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue

LONDON, TOKYO = "Europe/London", "Asia/Tokyo"
_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_OFFICE = {"days": _WEEK[:5], "opens": "09:00", "until": "17:30"}
_NIGHT = {"days": _WEEK, "opens": "22:00", "until": "06:00"}


async def business_hours_reach_over_both_changes_of_the_clocks_in_london(centre: Centre) -> None:
    """Due soon after the next change and after the one that follows: one forward, one back."""
    now = datetime.now(UTC)
    first = business_time.next_change(now, LONDON)
    second = business_time.next_change(first, LONDON)
    targets = {
        f"{shift}-{number}": (shift, change)
        for shift in ("office", "night")
        for number, change in enumerate((first, second))
    }
    opens = {"office": _in_office, "night": _at_night}
    lengths = {
        name: _until(now, change, LONDON, opens[shift]) + timedelta(minutes=100)
        for name, (shift, change) in targets.items()
    }
    calendars = [
        {"id": "office", "timezone": LONDON, "hours": [_OFFICE]},
        {"id": "night", "timezone": LONDON, "hours": [_NIGHT]},
    ]
    tenant = await centre.tenant(
        "dst", **_policies({name: (targets[name][0], lengths[name]) for name in targets}, calendars)
    )
    for name, (shift, change) in targets.items():
        clock = await _clock(tenant, name)
        assert when(clock["due_at"]) == business_time.due(
            when(clock["started_at"]), lengths[name], LONDON, opens[shift]
        )
        assert change < when(clock["due_at"]) < change + timedelta(days=4), (name, clock)


async def japanese_holidays_and_exceptions_are_no_business_time(centre: Centre) -> None:
    now = datetime.now(UTC)
    japan = holidays.country_holidays("JP", years=range(now.year, now.year + 2))
    coming = sorted(day for day in japan if day > now.date() and day.weekday() < 5)[:4]
    special = _free_weekday(coming[1] + timedelta(days=1), japan)

    def is_open(wall: datetime) -> bool:
        if wall.date() == special:
            return 10 <= wall.hour < 12
        return wall.date() not in japan and wall.weekday() < 5 and 9 <= wall.hour < 18

    after_first, after_last = (_midnight(day + timedelta(days=1)) for day in (coming[0], coming[-1]))
    lengths = {
        "one": _until(now, after_first, TOKYO, is_open) + timedelta(minutes=30),
        "all": _until(now, after_last, TOKYO, is_open) + timedelta(hours=3),
    }
    calendar = {
        "id": "tokyo",
        "timezone": TOKYO,
        "hours": [{"days": _WEEK[:5], "opens": "09:00", "until": "18:00"}],
        "holiday_regions": ["JP"],
        "exceptions": [{"day": special.isoformat(), "hours": [{"opens": "10:00", "until": "12:00"}]}],
    }
    tenant = await centre.tenant(
        "holiday", **_policies({name: ("tokyo", length) for name, length in lengths.items()}, [calendar])
    )
    for name, length in lengths.items():
        clock = await _clock(tenant, name)
        assert when(clock["due_at"]) == business_time.due(when(clock["started_at"]), length, TOKYO, is_open)
    assert when((await _clock(tenant, "one"))["due_at"]).astimezone(ZoneInfo(TOKYO)).date() > coming[0]


async def a_new_holiday_moves_the_deadlines_of_running_clocks(centre: Centre) -> None:
    """(seen: escalation times stale after a calendar change or merge)"""
    now = datetime.now(UTC)
    closed = now.date() + timedelta(days=2)
    calendar = {"id": "all", "timezone": "UTC", "hours": [{"days": _WEEK, "opens": "00:00", "until": "24:00"}]}
    policies = _policies({"long": ("all", timedelta(days=5))}, [calendar])
    tenant = await centre.tenant("moves", **policies)
    case = await tenant.ask("long")
    await tenant.ledger(case, "SlaApplied")
    (before,) = (await tenant.proof(case))["replayed"]
    assert when(before["due_at"]) == when(before["started_at"]) + timedelta(days=5)
    await centre.apply(tenant.name, **policies | {"calendars": [calendar | {"holidays": [closed.isoformat()]}]})
    await tenant.ledger(case, "SlaRetargeted")
    proof = await tenant.proof(case)
    (after,) = proof["replayed"]
    assert when(after["due_at"]) == when(before["due_at"]) + timedelta(days=1)
    assert (after["started_at"], after["calendar_revision"]) == (before["started_at"], 2)
    told = proof["ledger"][-1]["entry"]
    assert (told["previous_calendar_revision"], told["calendar_revision"]) == (1, 2)
    assert after["status"] == "running"


def _policies(targets: dict[str, tuple[str, timedelta]], calendars: list[dict[str, Any]]) -> dict[str, Any]:
    """A policy per target, chosen by the first word of the message."""
    policies = [
        {
            "id": name,
            "when": f'message.text == "{name}"',
            "targets": [{"metric": "resolution", "target": _iso(length), "calendar": calendar}],
        }
        for name, (calendar, length) in targets.items()
    ]
    return {"queues": [queue("front")], "calendars": calendars, "sla_policies": policies}


async def _clock(tenant: Tenant, policy: str) -> dict[str, Any]:
    case = await tenant.ask(policy)
    await tenant.ledger(case, "SlaApplied")
    (clock,) = (await tenant.proof(case))["replayed"]
    assert clock["policy"] == policy
    return dict(clock)


def _until(now: datetime, change: datetime, zone: str, opens: business_time.Opens) -> timedelta:
    return business_time.open_between(now, change, zone, opens)


def _iso(length: timedelta) -> str:
    return f"PT{length // timedelta(minutes=1)}M"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(TOKYO)).astimezone(UTC)


def _free_weekday(day: date, taken: Iterable[date]) -> date:
    while day.weekday() >= 5 or day in taken:
        day += timedelta(days=1)
    return day


def _in_office(wall: datetime) -> bool:
    return wall.weekday() < 5 and (9, 0) <= (wall.hour, wall.minute) < (17, 30)


def _at_night(wall: datetime) -> bool:
    return wall.hour >= 22 or wall.hour < 6


SCENARIOS = (
    business_hours_reach_over_both_changes_of_the_clocks_in_london,
    japanese_holidays_and_exceptions_are_no_business_time,
    a_new_holiday_moves_the_deadlines_of_running_clocks,
)
