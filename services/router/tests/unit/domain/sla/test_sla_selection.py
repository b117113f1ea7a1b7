"""Which policy holds, and what happens when another one does."""

import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import FactsChanged
from router.domain.config import RoutingConfigError, SlaPolicy, Warn
from router.domain.events import SlaApplied, SlaBreached, SlaCancelled, SlaRetargeted, SlaWarned
from router.domain.model import ClockStatus, MetricName, TimerKind

MINUTE = 60_000
HOUR = 60 * MINUTE
MONDAY_NINE = 1_789_981_200_000  # 2026-09-21T09:00Z
FIRST, RESOLUTION = MetricName.FIRST_RESPONSE, MetricName.RESOLUTION


def has(entitlement):
    return lambda context: context.get("customer", {}).get("entitlement") == entitlement


def facts(case, priority=None, **attributes):
    return case.do(FactsChanged("case-1", case.now, attributes, priority))


@pytest.fixture
def tiers(a_policy, a_metric):
    premium = a_policy(
        a_metric(FIRST, 2 * MINUTE), a_metric(RESOLUTION, HOUR), name="premium", condition=has("premium")
    )
    return premium, a_policy(a_metric(FIRST))


def test_the_first_policy_that_is_true_applies_and_customers_without_an_entitlement_get_the_default(promise, tiers):
    case = promise(*tiers)
    case.desk.work("case-1", attributes={"customer": {"entitlement": "premium"}})
    case.desk.work("case-2", attributes={"customer": {}})
    applied = [(entry.case_id, entry.policy, entry.metric) for entry in case.seen(SlaApplied)]
    assert applied == [("case-1", "premium", FIRST), ("case-1", "premium", RESOLUTION), ("case-2", "standard", FIRST)]


def test_seen_policy_that_cannot_change_once_applied_an_entitlement_change_retargets_with_time_used(promise, tiers):
    case = promise(*tiers)
    case.desk.work("case-1", attributes={"customer": {}})
    start = case.now
    case.after(MINUTE)
    facts(case, customer={"entitlement": "premium"})
    entry = case.seen(SlaRetargeted)[0]
    assert (entry.previous_policy, entry.policy, entry.used_ms) == ("standard", "premium", MINUTE)
    assert (entry.previous_target_ms, entry.target_ms, entry.previous_due_at) == (
        10 * MINUTE,
        2 * MINUTE,
        start + 10 * MINUTE,
    )
    assert entry.due_at == start + 2 * MINUTE
    assert case.clock(RESOLUTION).due_at == start + HOUR, "a metric of the new policy counts from the request"
    assert case.item.sla_policy == "premium"


def test_a_policy_change_that_overdraws_the_time_was_due_in_the_past_and_breaches_once(promise, tiers):
    case = promise(*tiers)
    case.desk.work("case-1", attributes={})
    start = case.now
    case.after(5 * MINUTE)
    facts(case, customer={"entitlement": "premium"})
    assert case.clock(FIRST).due_at == start + 2 * MINUTE
    case.fire(FIRST)
    assert case.fire(FIRST) == ()
    assert [entry.remaining_ms for entry in case.seen(SlaBreached)] == [-3 * MINUTE]


def test_a_metric_that_the_new_policy_lacks_is_cancelled(promise, tiers):
    case = promise(*tiers)
    case.desk.work("case-1", attributes={"customer": {"entitlement": "premium"}})
    facts(case, customer={})
    assert [(entry.metric, entry.cause) for entry in case.seen(SlaCancelled)] == [(RESOLUTION, "FactsChanged")]
    assert case.clock(FIRST).policy == "standard"


def test_facts_that_change_no_policy_change_no_clock(promise, tiers):
    case = promise(*tiers)
    case.desk.work("case-1", attributes={"customer": {}})
    before = dict(case.item.clocks)
    assert facts(case.after(MINUTE), customer={"tags": ["regular"]}).events == ()
    assert case.item.clocks == before


def test_a_first_response_that_was_given_is_not_asked_again_by_a_new_policy(promise, tiers, a_policy, a_metric):
    late = a_policy(a_metric(RESOLUTION, HOUR))
    case = promise(tiers[0], late)
    case.desk.work("case-1", attributes={})
    case.after(MINUTE).reply()
    facts(case, customer={"entitlement": "premium"})
    assert FIRST not in case.item.clocks


def test_a_priority_change_retargets_by_priority(promise, a_metric):
    case = promise(a_metric(FIRST, 10 * MINUTE, target_ms_by_priority={1: 3 * MINUTE}))
    case.desk.work("case-1")
    start = case.now
    facts(case.after(MINUTE), priority=1)
    assert case.clock(FIRST).due_at == start + 3 * MINUTE
    assert case.item.priority == 1


def test_a_changed_priority_changes_the_order_of_waiting_work(promise, a_metric):
    case = promise(a_metric(FIRST))
    case.desk.work("case-2")
    case.desk.work("case-1")
    facts(case, priority=1)
    case.desk.agent("aoi")
    assert case.desk.assigned() == [("case-1", "aoi")]


def test_a_configuration_with_a_new_first_policy_moves_running_clocks(promise, tiers):
    case = promise(tiers[1])
    case.desk.work("case-1", attributes={"customer": {"entitlement": "premium"}})
    case.after(MINUTE).reconfigure(sla_policies=tiers)
    assert case.seen(SlaRetargeted)[0].policy == "premium"


def test_a_policy_that_is_gone_hands_its_clocks_to_the_next_that_is_true(promise, tiers):
    case = promise(*tiers)
    case.desk.work("case-1", attributes={"customer": {"entitlement": "premium"}})
    case.after(MINUTE).reconfigure(sla_policies=tiers[1:])
    assert (case.clock(FIRST).policy, case.clock(RESOLUTION).status) == ("standard", ClockStatus.CANCELLED)


def test_seen_escalation_times_stale_after_a_calendar_change_the_ledger_shows_both(promise, a_metric, a_shop):
    case = promise(a_metric(FIRST, 4 * HOUR, calendar="shop", warns=(Warn(percent=50),)), calendars=a_shop())
    case.desk.now = MONDAY_NINE
    case.desk.work("case-1")
    case.after(HOUR).reconfigure(sla_policies=case.desk.config.sla_policies, calendars=a_shop(2, closes=11))
    entry = case.seen(SlaRetargeted)[0]
    assert (entry.previous_calendar_revision, entry.calendar_revision, entry.used_ms) == (1, 2, HOUR)
    assert (entry.previous_due_at, entry.due_at) == (MONDAY_NINE + 4 * HOUR, MONDAY_NINE + 25 * HOUR + HOUR)
    assert entry.warn_at == MONDAY_NINE + 2 * HOUR
    case.after(HOUR).fire(FIRST, TimerKind.WARN)
    assert [warned.warning for warned in case.seen(SlaWarned)] == ["50%"]


def test_a_paused_clock_takes_a_new_calendar_and_resumes_under_it(promise, a_policy, a_metric, a_shop):
    metric = a_metric(RESOLUTION, 4 * HOUR, calendar="shop", pause_on=frozenset({"waiting_on_customer"}))
    case = promise(metric, calendars=a_shop())
    case.desk.now = MONDAY_NINE
    case.desk.work("case-1")
    case.after(HOUR).reply()
    case.reconfigure(sla_policies=case.desk.config.sla_policies, calendars=a_shop(2, closes=11))
    assert (case.clock(RESOLUTION).status, case.clock(RESOLUTION).remaining_ms) == (ClockStatus.PAUSED, 3 * HOUR)
    case.after(30 * MINUTE).wrote()
    assert case.clock(RESOLUTION).due_at == MONDAY_NINE + 48 * HOUR + 30 * MINUTE


def test_a_target_that_no_calendar_reaches_stops_nothing(promise, a_metric, a_shop):
    once_a_week = BusinessCalendar(CalendarConfig("rare", 1, "UTC", {0: (Hours(0, 60),)}))
    case = promise(a_metric(RESOLUTION, 20_000 * HOUR, calendar="rare"), calendars={"rare": once_a_week})
    case.desk.work("case-1")
    assert case.clock(RESOLUTION).due_at == 7_258_118_400_000
    overdrawn = a_metric(RESOLUTION, 1, calendar="rare")
    case.after(10_000 * 24 * HOUR).reconfigure(
        sla_policies=(SlaPolicy("standard", 2, (overdrawn,)),), calendars={"rare": once_a_week}
    )
    assert case.clock(RESOLUTION).due_at <= case.now


def test_two_targets_for_one_metric_are_a_configuration_error(promise, a_metric):
    with pytest.raises(RoutingConfigError, match=r"sla_policies\.standard: a metric has two targets"):
        promise(a_metric(FIRST), a_metric(FIRST))
