import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from contracts.config import Problem, TenantConfig, problems_of

HOME = Path(__file__).parents[1]
EXAMPLE = json.loads((HOME / "examples/config/TenantConfig.json").read_text("utf-8"))["data"]
FILE_SCHEMA = Draft202012Validator(json.loads((HOME / "schemas/config/tenant-file.json").read_text("utf-8")))
Path_ = tuple[str | int, ...]


def changed(path: Path_, value: object) -> dict[str, Any]:
    bundle: Any = json.loads(json.dumps(EXAMPLE))
    place = bundle
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return dict(bundle)


def problems(bundle: dict[str, Any]) -> list[Problem]:
    with pytest.raises(ValidationError) as caught:
        TenantConfig.model_validate(bundle)
    return problems_of(caught.value)


def hours(days: list[str], opens: str, until: str) -> dict[str, object]:
    return {"days": days, "opens": opens, "until": until}


TARGET = EXAMPLE["sla_policies"][1]["targets"][0]
HOURS: Path_ = ("calendars", 0, "hours")
FIRST_TARGET: Path_ = ("sla_policies", 0, "targets", 0)
OVERLAP = "these hours overlap others of this calendar"
WRONG: list[tuple[Path_, object, Path_, str]] = [
    (("default_queue",), "sales", ("default_queue",), "there is no queue 'sales'"),
    (("rules", 0, "queue"), "sales", ("rules", 0, "queue"), "there is no queue 'sales'"),
    (("rules", 0, "skills"), {"latin": 3}, ("rules", 0, "skills", "latin"), "there is no skill 'latin'"),
    (("rules", 0, "skills"), {"japanese": 11}, ("rules", 0, "skills", "japanese"), "must be at most 10"),
    (("agents", 0, "queues"), ["general", "x"], ("agents", 0, "queues", 1), "there is no queue 'x'"),
    (("agents", 0, "queues"), ["general"] * 2, ("agents", 0, "queues", 1), "'general' is defined twice"),
    (("agents", 0, "skills"), {"latin": 3}, ("agents", 0, "skills", "latin"), "there is no skill 'latin'"),
    (("agents", 0, "capacity"), {"fax": 3}, ("agents", 0, "capacity", "fax"), "Input should be 'voice'"),
    (("skills",), ["japanese", "refunds", "japanese"], ("skills", 2), "'japanese' is defined twice"),
    (("queues",), [*EXAMPLE["queues"], {"id": "general"}], ("queues", 2, "id"), "'general' is defined twice"),
    (("queues", 1, "id"), "Général", ("queues", 1, "id"), "String should match pattern"),
    (("queues",), [], ("queues",), "at least one is needed"),
    (("queues", 0, "priority"), 0, ("queues", 0, "priority"), "must be at least 1"),
    (("queues", 0, "sla"), "gold", ("queues", 0, "sla"), "there is no field of this name"),
    (("queues", 0, "offer_timeout"), "PT2H", ("queues", 0, "offer_timeout"), "must be at most 1 hour"),
    (("queues", 0, "offer_timeout"), 30, ("queues", 0, "offer_timeout"), "write the duration as ISO 8601"),
    (("queues", 0, "offer_timeout"), "00:30", ("queues", 0, "offer_timeout"), "write the duration as ISO 8601"),
    (("channel_accounts", 1, "id"), "line-main", ("channel_accounts", 1, "id"), "'line-main' is defined twice"),
    (
        ("channel_accounts", 1),
        EXAMPLE["channel_accounts"][0] | {"id": "line-two"},
        ("channel_accounts", 1, "external_id"),
        "the account 'line-main' has this external_id already",
    ),
    (
        ("channel_accounts", 0, "secrets", "access_token"),
        ["env:A", "env:B", "env:C"],
        ("channel_accounts", 0, "secrets", "access_token"),
        "Tuple should have at most 2 items",
    ),
    (
        ("channel_accounts", 0, "secrets", "access_token"),
        ["c0ffee"],
        ("channel_accounts", 0, "secrets", "access_token", 0),
        "String should match pattern",
    ),
    (("calendars", 0, "timezone"), "Asia/Edo", ("calendars", 0, "timezone"), "there is no time zone 'Asia/Edo'"),
    (("calendars", 0, "timezone"), "Asia", ("calendars", 0, "timezone"), "there is no time zone 'Asia'"),
    (("calendars", 0, "timezone"), "../etc", ("calendars", 0, "timezone"), "there is no time zone '../etc'"),
    (("calendars", 0, "timezone"), "", ("calendars", 0, "timezone"), "there is no time zone ''"),
    (("calendars", 0, "holidays"), ["2026-11-23"] * 2, ("calendars", 0, "holidays", 1), "'2026-11-23' is defined"),
    (HOURS, [], HOURS, "at least one is needed"),
    ((*HOURS, 0, "opens"), 1080, (*HOURS, 0, "opens"), "write the time in quotes"),
    ((*HOURS, 0, "until"), "25:00", (*HOURS, 0, "until"), "String should match pattern"),
    (HOURS, [hours(["mon"], "09:00", "09:00")], (*HOURS, 0), "opens and until are the same"),
    (HOURS, [hours(["mon"], "09:00", "12:00"), hours(["mon"], "11:59", "13:00")], (*HOURS, 1), OVERLAP),
    (HOURS, [hours(["mon", "mon"], "09:00", "12:00")], (*HOURS, 0), OVERLAP),
    (HOURS, [hours(["tue"], "01:00", "12:00"), hours(["mon"], "22:00", "02:00")], (*HOURS, 0), OVERLAP),
    (HOURS, [hours(["sun"], "22:00", "02:00"), hours(["mon"], "01:00", "12:00")], (*HOURS, 1), OVERLAP),
    ((*FIRST_TARGET, "calendar"), "moon", (*FIRST_TARGET, "calendar"), "there is no calendar 'moon'"),
    ((*FIRST_TARGET, "warn_percent"), [80, 50], (*FIRST_TARGET, "warn_percent"), "list the percentages upwards"),
    ((*FIRST_TARGET, "warn_percent"), [80, 80], (*FIRST_TARGET, "warn_percent"), "list the percentages upwards"),
    ((*FIRST_TARGET, "warn_percent"), [100], (*FIRST_TARGET, "warn_percent", 0), "must be less than 100"),
    ((*FIRST_TARGET, "by_priority"), {"10": "PT5M"}, (*FIRST_TARGET, "by_priority", "10"), "must be at most 9"),
    ((*FIRST_TARGET, "by_priority"), {"1": "PT0S"}, (*FIRST_TARGET, "by_priority", "1"), "must be more than 0 seconds"),
    ((*FIRST_TARGET, "target"), "-PT5M", (*FIRST_TARGET, "target"), "must be more than 0 seconds"),
    (("sla_policies", 0, "targets"), [TARGET, TARGET], (*FIRST_TARGET[:3], 1, "metric"), "'first_response' is defined"),
    (("sla_policies", 0, "when"), None, ("sla_policies", 1), "this policy is never reached: 'gold' before it"),
    (
        ("rules",),
        [{"id": "all", "when": " true ", "queue": "general"}, {"id": "vip", "when": "x", "queue": "general"}],
        ("rules", 1),
        "this rule is never reached: 'all' before it takes all that it could",
    ),
    (
        ("rules",),
        [{"id": "one", "when": "a == 1", "queue": "general"}, {"id": "two", "when": "a == 1 ", "queue": "returns"}],
        ("rules", 1),
        "this rule is never reached: 'one' before it takes all that it could",
    ),
    (
        ("queues", 0, "overflow_after", 0, "message"),
        "gone",
        ("queues", 0, "overflow_after", 0, "message"),
        "there is no text 'gone'",
    ),
    (("texts", "empty"), {}, ("texts", "empty"), "at least one is needed"),
    (("texts", "callback-today", "en"), " ", ("texts", "callback-today", "en"), "String should have at least 1"),
    (
        (*FIRST_TARGET, "on_breach", 3, "webhook"),
        "line-main",
        (*FIRST_TARGET, "on_breach", 3, "webhook"),
        "there is no channel account of channel webhook 'line-main'",
    ),
    (("presences",), {"busy": "away"}, ("presences", "busy"), "'busy' is one of the four and means itself"),
    (("agents", 0, "capacity"), {"messaging": -1}, ("agents", 0, "capacity", "messaging"), "must be at least 0"),
    (("agents", 0, "capacity"), {"messaging": 1.5}, ("agents", 0, "capacity", "messaging"), "Input should be a valid"),
    (("agents", 0, "capacity"), {"messaging": "3"}, ("agents", 0, "capacity", "messaging"), "Input should be a valid"),
    (
        ("rules", 0),
        {
            "id": "shared",
            "when": "true",
            "split": [{"queue": "general", "percent": 10 - (n == 10) * 10} for n in range(11)],
        },
        ("rules", 0, "split"),
        "Tuple should have at most 10 items",
    ),
    (("rules", 0, "sla_policy"), "bronze", ("rules", 0, "sla_policy"), "there is no SLA policy 'bronze'"),
    (("rules", 0, "fallback"), "sales", ("rules", 0, "fallback"), "there is no queue 'sales'"),
    (("language",), "日本語", ("language",), "String should match pattern"),
    (("tenant",), "Acme Inc.", ("tenant",), "String should match pattern"),
    (("bots", 0, "accounts"), ["line-two"], ("bots", 0, "accounts", 0), "there is no channel account 'line-two'"),
    (("bots", 0, "channels"), ["fax"], ("bots", 0, "channels", 0), "there is no channel 'fax'"),
    (("bots", 0, "accounts"), [], ("bots", 0), "name the accounts or the channels that this bot serves"),
    (("bots", 0, "handover", "queue"), "sales", ("bots", 0, "handover", "queue"), "there is no queue 'sales'"),
    (("bots", 0, "lease"), "PT2H", ("bots", 0, "lease"), "must be at most 1 hour"),
    (("bots", 0, "answer_within"), "PT10S", ("bots", 0, "answer_within"), "this is less than the lease"),
    (
        ("bots", 0, "triggers", "confidence_below"),
        1.5,
        ("bots", 0, "triggers", "confidence_below"),
        "must be at most 1",
    ),
    (("bots", 0, "triggers", "words"), [" "], ("bots", 0, "triggers", "words", 0), "String should have at least 1"),
    (
        ("bots",),
        [*EXAMPLE["bots"], EXAMPLE["bots"][0] | {"id": "other"}],
        ("bots", 1, "accounts", 0),
        "the bot 'faq' serves 'line-main' already",
    ),
    (("replies", "expire_after"), "PT0S", ("replies", "expire_after"), "must be more than 0 seconds"),
]


@pytest.mark.parametrize(("place", "value", "path", "sentence"), WRONG, ids=[str(one[2]) for one in WRONG])
def test_a_mistake_is_one_problem_with_its_path(place: Path_, value: object, path: Path_, sentence: str) -> None:
    found = problems(changed(place, value))
    assert [problem.path for problem in found] == [path]
    assert found[0].sentence.startswith(sentence)


def test_the_example_is_right_and_every_problem_is_told_at_once() -> None:
    assert not list(TenantConfig.model_validate(EXAMPLE).problems())
    bundle = changed(("default_queue",), "sales")
    bundle["calendars"][0]["timezone"] = "Asia/Edo"
    del bundle["skills"]
    assert {problem.path for problem in problems(bundle)} == {
        ("default_queue",),
        ("calendars", 0, "timezone"),
        ("agents", 0, "skills", "japanese"),
        ("agents", 0, "skills", "refunds"),
        ("rules", 0, "skills", "japanese"),
        ("bots", 0, "handover", "skills", "japanese"),
    }


def test_a_missing_field_is_a_sentence() -> None:
    bundle = {name: part for name, part in EXAMPLE.items() if name != "queues"}
    assert problems(bundle) == [Problem(("queues",), "this field is required")]


def test_hours_may_touch_and_cross_midnight_and_the_week() -> None:
    week = [hours(["sun"], "22:00", "02:00"), hours(["mon"], "02:00", "12:00"), hours(["mon"], "12:00", "24:00")]
    calendar = TenantConfig.model_validate(changed(HOURS, week)).calendars[0]
    assert [one.until for one in calendar.hours] == ["02:00", "12:00", "24:00"]


def test_a_pasted_secret_is_not_quoted() -> None:
    bundle = changed(("channel_accounts", 0, "secrets", "access_token"), ["c0ffee-secret"])
    assert "c0ffee" not in str(problems(bundle))


@pytest.mark.parametrize("keys", [{name} for name in EXAMPLE if name not in ("revision", "applied_at")] + [set()])
def test_a_file_may_hold_any_part_of_a_tenant(keys: set[str]) -> None:
    FILE_SCHEMA.validate({name: part for name, part in EXAMPLE.items() if name in keys})


@pytest.mark.parametrize(
    "part",
    [
        {"colour": "red"},
        {"revision": 3},
        {"queues": [{"id": "a", "sla": "x"}]},
        {"queues": [{}]},
        {"queues": []},
        {"rules": [{"id": "a", "when": "true", "queue": "Q!"}]},
        {"calendars": [{"id": "a", "timezone": "UTC", "hours": []}]},
        {"sla_policies": [{"id": "a", "targets": [TARGET | {"by_priority": {"10": "PT1M"}}]}]},
    ],
)
def test_an_editor_underlines_what_apply_would_refuse(part: dict[str, Any]) -> None:
    assert not FILE_SCHEMA.is_valid(part)


def test_an_applied_configuration_survives_the_wire() -> None:
    config = TenantConfig.model_validate(EXAMPLE | {"applied_at": datetime(2026, 11, 20, tzinfo=UTC)})
    assert TenantConfig.model_validate_json(config.model_dump_json()) == config
