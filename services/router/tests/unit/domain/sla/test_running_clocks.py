"""Clocks that only run are not held: made when asked for, they are what a ledger that holds them says, field by field."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.adapters.rows import clocks_json
from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import SlaTimerDue, WorkPaused, WorkRequested
from router.domain.config import QueueConfig, RoutingConfig, SlaMetric, SlaPolicy, Warn
from router.domain.engine import Engine
from router.domain.events import Event, SlaEntry
from router.domain.ledger import replay_ledger
from router.domain.model import ChannelClass, MetricClock, MetricName, QueueMode, RunningClocks, TimerKind, WorkItem
from router.domain.records import clocks_from_record, clocks_record, work_from_record, work_record
from router.domain.state import State

MINUTE = 60_000
HOUR = 60 * MINUTE
ZONES = ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana"]
STARTED = (MetricName.FIRST_RESPONSE, MetricName.REQUESTER_WAIT, MetricName.AGENT_WORK, MetricName.RESOLUTION)
NIGHT, NOON = (int(datetime(2026, 6, 3, hour, tzinfo=UTC).timestamp() * 1000) for hour in (2, 12))

warns = st.lists(
    st.one_of(
        st.integers(1, 99).map(lambda percent: Warn(percent=percent)),
        st.integers(1, 4 * HOUR).map(lambda left_ms: Warn(left_ms=left_ms)),
    ),
    max_size=3,
    unique_by=lambda warn: warn.name,
)
spans = st.tuples(st.integers(0, 24 * 60), st.integers(0, 24 * 60)).map(lambda span: Hours(*span))
weeks = st.dictionaries(st.integers(0, 6), st.tuples(spans), min_size=1)
starts = st.integers(1_750_000_000_000, 1_800_000_000_000)


@st.composite
def configs(draw: st.DrawFn) -> RoutingConfig:
    metrics = [
        SlaMetric(
            name,
            draw(st.integers(1, 90 * 24 * HOUR)),
            {1: draw(st.integers(1, HOUR))},
            tuple(draw(warns)),
            calendar=draw(st.sampled_from(["shop", None])),
        )
        for name in draw(st.lists(st.sampled_from(STARTED), min_size=1, unique=True))
    ]
    shop = BusinessCalendar(CalendarConfig("shop", 3, draw(st.sampled_from(ZONES)), draw(weeks)))
    return a_config(metrics, shop)


def a_config(metrics: list[SlaMetric], shop: BusinessCalendar) -> RoutingConfig:
    return RoutingConfig(
        1,
        {"shelf": QueueConfig("shelf", mode=QueueMode.PICK)},
        "shelf",
        sla_policies=(SlaPolicy("standard", 2, tuple(metrics)),),
        calendars={"shop": shop},
    )


def nine_to_five() -> BusinessCalendar:
    return BusinessCalendar(CalendarConfig("shop", 3, "UTC", {day: (Hours(9 * 60, 17 * 60),) for day in range(7)}))


def a_request(case_id: str, at: int, priority: int | None = None) -> WorkRequested:
    return WorkRequested(case_id, at, "line", ChannelClass.MESSAGING, priority=priority)


class Shelf:
    """Nobody takes the work; what it told is kept."""

    def __init__(self, config: RoutingConfig) -> None:
        self.engine = Engine(config, State())
        self.told: list[Event] = []

    def do(self, command: WorkRequested | SlaTimerDue | WorkPaused, now: int) -> None:
        self.told += self.engine.decide(command, now).events
        self.engine.take_changes()

    def item(self, case_id: str = "case") -> WorkItem:
        return self.engine.state.work[case_id]

    def held(self, case_id: str = "case") -> dict[MetricName, MetricClock]:
        """As a ledger holds them."""
        return replay_ledger(e for e in self.told if isinstance(e, SlaEntry) and e.case_id == case_id)

    def agrees(self) -> None:
        """The work's clocks, each way they are asked for, are the ledger's."""
        item, held = self.item(), self.held()
        assert (item.clocks, list(item.clocks)) == (held, list(held))
        assert {name: item.clock(name) for name in MetricName} == {name: held.get(name) for name in MetricName}
        assert json.loads(clocks_json(item)) == json.loads(json.dumps(clocks_record(held)))
        assert clocks_from_record(json.loads(clocks_json(item))) == held
        again = work_from_record(json.loads(json.dumps(work_record(item))))
        assert (again.clocks, again.kept_clocks) == (held, item.kept_clocks)


@settings(max_examples=200, deadline=None)
@given(configs(), starts, st.sampled_from([None, 1, 5]))
def test_clocks_made_are_the_clocks_a_ledger_holds(config: RoutingConfig, start: int, priority: int | None) -> None:
    shelf = Shelf(config)
    shelf.do(a_request("case", start, priority), start)
    assert isinstance(shelf.item().kept_clocks, RunningClocks)
    shelf.agrees()


@settings(max_examples=100, deadline=None)
@given(configs(), starts)
def test_a_clock_that_warned_still_only_runs_and_one_that_breached_is_held(config: RoutingConfig, start: int) -> None:
    shelf = Shelf(config)
    shelf.do(a_request("case", start), start)
    metric, clock = next(iter(shelf.held().items()))
    assert clock.due_at is not None
    while clock.warn_at is not None and clock.warn_at < clock.due_at:
        shelf.do(SlaTimerDue("case", metric, TimerKind.WARN, clock.version), clock.warn_at)
        assert isinstance(shelf.item().kept_clocks, RunningClocks)
        shelf.agrees()
        clock = shelf.held()[metric]
    shelf.do(SlaTimerDue("case", metric, TimerKind.BREACH, clock.version), clock.due_at)
    assert not isinstance(shelf.item().kept_clocks, RunningClocks)
    shelf.agrees()


def test_a_clock_that_stands_still_is_held() -> None:
    shelf = Shelf(a_config([SlaMetric(STARTED[0], HOUR, pause_on=frozenset({"courier"}))], nine_to_five()))
    shelf.do(a_request("case", NOON), NOON)
    shelf.do(WorkPaused("case", "courier", NOON + MINUTE), NOON + MINUTE)
    assert not isinstance(shelf.item().kept_clocks, RunningClocks)
    shelf.agrees()


@pytest.mark.parametrize("calendar", [None, "shop"])
@pytest.mark.parametrize("opened", [NIGHT, NOON])
def test_work_that_runs_alike_shares_its_clocks(calendar: str | None, opened: int) -> None:
    """By day what is due moves with the start; at night it is the same for all."""
    metrics = [SlaMetric(name, 30 * HOUR, warns=(Warn(percent=80),), calendar=calendar) for name in STARTED]
    shelf = Shelf(a_config(metrics, nine_to_five()))
    for number in range(50):
        shelf.do(a_request(f"case-{number}", opened + number * 7_919), opened + number * 7_919)
    assert (
        len({id(shelf.item(f"case-{number}").kept_clocks) for number in range(50)}) <= 2
    )  # the first came on the minute
    assert all(shelf.item(f"case-{number}").clocks == shelf.held(f"case-{number}") for number in range(50))


def test_names_with_a_percent_sign_are_written_as_they_are() -> None:
    policy = SlaPolicy("99 %d of all", 1, (SlaMetric(STARTED[0], HOUR, warns=(Warn(percent=80),)),))
    shelf = Shelf(RoutingConfig(1, {"shelf": QueueConfig("shelf")}, "shelf", sla_policies=(policy,)))
    shelf.do(a_request("case", NOON), NOON)
    shelf.agrees()
    assert [point.name for point in shelf.item().clocks[STARTED[0]].warns_left] == ["80%"]
