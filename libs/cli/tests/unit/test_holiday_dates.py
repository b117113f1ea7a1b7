"""`holiday_regions` become dates when a configuration is applied, and stay these dates."""

from datetime import date
from pathlib import Path

import pytest

from contracts.config import TenantConfig
from madoguchi.apply.mistakes import ConfigWrong
from madoguchi.apply.source import load_tenant

TODAY = date(2026, 11, 19)
FILE = """\
tenant: acme
default_queue: main
queues: [{ id: main }]
calendars:
  - id: office
    timezone: Asia/Tokyo
    hours: [{ days: [mon, tue, wed, thu, fri], opens: "09:00", until: "18:00" }]
"""


def loaded(folder: Path, *more: str, today: date = TODAY) -> TenantConfig:
    (folder / "tenant.yaml").write_text(FILE + "".join(f"    {line}\n" for line in more), "utf-8")
    return load_tenant(folder, {}, today).config


def test_regions_become_dates_from_last_year_to_five_years_ahead(tmp_path: Path) -> None:
    (calendar,) = loaded(tmp_path, "holiday_regions: [JP]").calendars
    assert {date(2026, 11, 23), date(2027, 1, 1), date(2027, 1, 11), date(2025, 2, 11)} <= set(calendar.holidays)
    assert {day.year for day in calendar.holidays} == set(range(2025, 2032))
    assert calendar.holiday_regions == ("JP",)


def test_regions_and_written_dates_add_up_without_doubles(tmp_path: Path) -> None:
    written = "holidays: [2026-12-30, 2026-11-23, '2027-01-01']"
    (calendar,) = loaded(tmp_path, written, "holiday_regions: [JP, GB-ENG]").calendars
    assert calendar.holidays[:3] == (date(2026, 12, 30), date(2026, 11, 23), date(2027, 1, 1))
    assert date(2026, 12, 25) in calendar.holidays
    assert len(set(calendar.holidays)) == len(calendar.holidays)


def test_part_of_a_country_has_its_own_holidays(tmp_path: Path) -> None:
    scotland = loaded(tmp_path, "holiday_regions: [GB-SCT]").calendars[0].holidays
    england = loaded(tmp_path, "holiday_regions: [GB-ENG]").calendars[0].holidays
    assert (date(2027, 11, 30) in scotland, date(2027, 11, 30) in england) == (True, False)


@pytest.mark.parametrize("region", ["QQ", "GB-QQQ"])
def test_a_region_that_nobody_knows_is_told_with_its_place(tmp_path: Path, region: str) -> None:
    with pytest.raises(ConfigWrong) as wrong:
        loaded(tmp_path, f"holiday_regions: [JP, {region}]")
    (mistake,) = wrong.value.mistakes
    assert mistake.line == 8
    assert f"calendars.0.holiday_regions.1: no holidays are known of the region '{region}'" in mistake.sentence


def test_a_date_that_is_written_twice_is_still_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigWrong, match="1 mistakes"):
        loaded(tmp_path, "holidays: [2026-12-30, 2026-12-30]", "holiday_regions: [JP]")


def test_the_same_day_gives_the_same_bundle(tmp_path: Path) -> None:
    assert loaded(tmp_path, "holiday_regions: [JP]") == loaded(tmp_path, "holiday_regions: [JP]")


def test_a_pattern_of_thanks_that_does_not_compile_is_told_with_its_place(tmp_path: Path) -> None:
    policy = "sla_policies:\n  - id: p\n    targets: [{ metric: resolution, target: PT1H }]\n    closing_thanks: { matches: '(' }\n"
    (tmp_path / "sla.yaml").write_text(policy, "utf-8")
    with pytest.raises(ConfigWrong) as wrong:
        loaded(tmp_path)
    (mistake,) = wrong.value.mistakes
    assert (mistake.line, mistake.sentence.split(":")[0]) == (4, "sla_policies.0.closing_thanks.matches")
