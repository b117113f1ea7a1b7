"""Public holidays as dates: looked up once, when a configuration is applied, so that an upgrade moves no deadline by itself."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from madoguchi.apply.mistakes import Mistake, Places, mistake_at

YEARS_BEFORE, YEARS_AFTER = 1, 5
_REGIONS: Final = "holiday_regions"


def expand_holidays(value: dict[Any, Any], places: Places, today: date) -> list[Mistake]:
    """Adds the dates of each calendar's `holiday_regions` to its `holidays`, from last year to five years ahead."""
    mistakes: list[Mistake] = []
    calendars = value.get("calendars")
    for i, calendar in enumerate(calendars if isinstance(calendars, list) else ()):
        regions = calendar.get(_REGIONS) if isinstance(calendar, dict) else None
        if not isinstance(regions, list) or not all(isinstance(region, str) for region in regions):
            continue
        written = calendar.get("holidays") or []
        if isinstance(written, list):
            found, wrong = _dates(regions, ("calendars", i, _REGIONS), places, today)
            calendar["holidays"] = [*written, *sorted(found.difference(map(_as_date, written)))]
            mistakes += wrong
    return mistakes


def _dates(
    regions: Sequence[str], route: tuple[str | int, ...], places: Places, today: date
) -> tuple[set[date], list[Mistake]]:
    found: set[date] = set()
    mistakes: list[Mistake] = []
    for j, region in enumerate(regions):
        try:
            found.update(_holidays_of(region, today))
        except NotImplementedError:  # the library's word for a region that it doesn't know
            sentence = f"no holidays are known of the region '{region}'; write it as JP or GB-ENG"
            mistakes.append(mistake_at((*route, j), sentence, places))
    return found, mistakes


def _holidays_of(region: str, today: date) -> Iterator[date]:
    # Imported here: the library takes a quarter of a second that most commands can spare.
    import holidays

    country, _, part = region.partition("-")
    years = range(today.year - YEARS_BEFORE, today.year + YEARS_AFTER + 1)
    yield from holidays.country_holidays(country, subdiv=part or None, years=years)


def _as_date(written: object) -> object:
    """YAML reads an unquoted date as one; a quoted date is text."""
    try:
        return date.fromisoformat(written) if isinstance(written, str) else written
    except ValueError:
        return written
