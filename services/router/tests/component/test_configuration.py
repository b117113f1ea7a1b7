"""A tenant's files as the engine wants them."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts.config import Calendar, OpenHours, Queue, RoutingRule, SlaPolicy, SlaTarget
from router.adapters.compile_rules import Compiler, RuleBroken
from router.adapters.routing_config import FeedConfigs, group_config
from router.domain.calendar import CalendarError
from router.handlers.instants import millis

TOKYO = ZoneInfo("Asia/Tokyo")
OFFICE = Calendar(
    id="office",
    timezone="Asia/Tokyo",
    hours=(
        OpenHours(days=("mon", "tue"), opens="09:00", until="12:00"),
        OpenHours(days=("mon",), opens="13:00", until="18:00"),
        OpenHours(days=("fri",), opens="22:00", until="02:00"),
        OpenHours(days=("sun",), opens="00:00", until="24:00"),
    ),
    holidays=(date(2026, 11, 24),),
)


def at(day: int, hour: int, minute: int = 0) -> int:
    return millis(datetime(2026, 11, day, hour, minute, tzinfo=TOKYO))


@pytest.mark.parametrize(
    ("instant_ms", "is_open"),
    [
        (at(23, 9), True),  # a Monday
        (at(23, 12), False),
        (at(23, 13), True),
        (at(23, 18), False),
        (at(24, 10), False),  # a holiday
        (at(27, 23), True),
        (at(28, 1, 59), True),
        (at(28, 2), False),
        (at(29, 23, 59), True),
        (at(30, 0), False),
    ],
)
def test_calendars_are_read_as_written(room, instant_ms: int, is_open: bool) -> None:
    config = group_config(room.tenant_config(calendars=(OFFICE,)), {})
    assert config.routing.calendars["office"].is_open(instant_ms) is is_open


def test_durations_priorities_and_modes_arrive(room) -> None:
    queue = Queue(id="main", mode="pick", wrap_up=timedelta(seconds=30), priority=2, assignment="round_robin")
    target = SlaTarget(metric="resolution", target=timedelta(hours=1), by_priority={1: timedelta(minutes=5)})
    policies = (SlaPolicy(id="p", targets=(target,)),)
    config = group_config(room.tenant_config(queues=(queue,), agents=(), rules=(), sla_policies=policies), {}).routing
    read = config.queues["main"]
    assert (read.mode, read.wrap_up_ms, read.priority, read.method) == ("pick", 30_000, 2, "round_robin")
    (metric,) = config.sla_policies[0].metrics
    assert (metric.target_for(1), metric.target_for(5)) == (300_000, 3_600_000)
    assert [warn.name for warn in metric.warns] == ["80%"]


def test_a_policy_and_a_calendar_keep_their_revision_until_they_change(room) -> None:
    first = group_config(room.tenant_config(calendars=(OFFICE,)), {})
    same = group_config(room.tenant_config(revision=2, calendars=(OFFICE,), agents=()), first.parts)
    assert same.routing.sla_policies[0].revision == 1
    changed = OFFICE.model_copy(update={"holidays": ()})
    third = group_config(room.tenant_config(revision=3, calendars=(changed,)), same.parts)
    assert third.routing.calendars["office"].revision == 3
    assert third.routing.sla_policies[0].revision == 1


def test_a_revision_that_can_not_be_used_leaves_the_one_before(room, caplog, monkeypatch) -> None:
    configs = FeedConfigs(room.feed)
    before = configs.newer("acme", 0, {})
    assert before is not None

    def impossible(*_: Any) -> Any:
        raise CalendarError("Calendar 'office' is empty: it has no opening hours in any week.")

    monkeypatch.setattr("router.adapters.routing_config.BusinessCalendar", impossible)
    room.feed.accept(room.tenant_config(revision=2, calendars=(OFFICE,)))
    assert configs.newer("acme", before.revision, before.parts) is None
    assert configs.newer("acme", before.revision, before.parts) is None
    assert [record.message for record in caplog.records] == ["configuration can't be used"]


CONTEXT: dict[str, object] = {
    "message": {"text": "返金したい", "language": "ja", "channel": "line", "sentiment": -0.6},
    "customer": {"tier": None, "tags": ["vip"]},
    "case": {"fields": {"order": "A-1"}, "reopened": False, "priority": None},
    "now": at(23, 9),
    "calendar": {"office": {"open": True}},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("message.text.contains('返金') && message.language == 'ja'", True),
        ("message.text.matches('(?i)refund')", False),
        ("message.text.matches('返(金|品)') && message . text . matches ('^返')", True),
        ("message.text.matches(r'返\\p{Han}')", True),
        ("message.text != '.matches(' && message.text != r'\\' && message.text.matches('返') // .matches(", True),
        ("message.sentiment != null && message.sentiment < -0.5", True),
        ("customer.tier == 'gold'", False),
        ("'vip' in customer.tags", True),
        ("case.fields.order.startsWith('A')", True),
        ("calendar('office').open", True),
        ("now >= timestamp('2026-11-23T00:00:00Z')", True),
    ],
)
def test_conditions_hold_or_not(text: str, holds: bool) -> None:
    assert Compiler().condition(text)(CONTEXT) is holds


def test_a_feeling_that_nobody_told_is_no_failure_of_the_rule() -> None:
    condition = Compiler().condition("message.sentiment != null && message.sentiment < -0.5")
    assert condition({**CONTEXT, "message": {"sentiment": None}}) is False


def test_a_context_is_prepared_anew_for_each_request() -> None:
    condition = Compiler().condition("message.text == 'a'")
    assert condition({**CONTEXT, "message": {"text": "a"}})
    assert not condition({**CONTEXT, "message": {"text": "b"}})


@pytest.mark.parametrize("text", ["message.text.matches('(')", "message.text.matches(1)", "customer.tier.matches('a')"])
def test_what_is_no_regular_expression_or_no_text_fails_when_it_is_asked(text: str) -> None:
    with pytest.raises(RuntimeError, match=r"regular expression|missing"):
        Compiler().condition(text)(CONTEXT)


@pytest.mark.parametrize("text", ["(", '"', "a b", "\\", "(" * 20_000, "1 +"])
def test_what_is_no_cel_fails_when_it_is_asked(text: str) -> None:
    with pytest.raises(RuleBroken):
        Compiler().condition(text)(CONTEXT)


def test_a_rule_names_its_skills_in_order(room) -> None:
    rules = (RoutingRule(id="r", when="true", queue="main", skills={"ja": 3, "billing": 2}),)
    config = group_config(room.tenant_config(rules=rules, skills=("ja", "billing")), {}).routing
    assert [(need.name, need.level) for need in config.rules[0].skills] == [("billing", 2), ("ja", 3)]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('customer.tier == "gold" && message.text.contains("返金")', True),
        ('case.fields["line"] == "a"', True),
        ('"fields" in case', True),
        ("case.size() == 3", True),
        ('has(customer.tier) && !has(customer.organisation) && case["priority"] == 2', True),
        ('case.fields.exists(name, name == "line") && calendar("office").open', True),
        ("customer.tier", None),
        ('now < timestamp("1971-01-01T00:00:00Z") && message.kind == "text"', True),
    ],
)
def test_a_condition_sees_all_it_asks_for_whatever_the_others_ask(text: str, holds: bool | None) -> None:
    """Only what some condition names is handed to CEL."""
    facts = {
        "message": {"kind": "text", "text": "返金したい", "language": None},
        "customer": {"tier": "gold"},
        "case": {"fields": {"line": "a"}, "priority": 2, "tags": ["x"]},
        "now": 0,
        "calendar": {"office": {"open": True}},
    }
    compiler = Compiler()
    compiler.condition('message.language == "ja"')
    condition = compiler.condition(text)
    compiler.condition("case.tags.size() > 9")
    if holds is None:
        with pytest.raises(RuleBroken):
            condition(facts)
    else:
        assert condition(facts) is holds
