from collections.abc import Callable
from typing import Any

import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import AgentReplied, CustomerWrote, SlaTimerDue, WorkClosed
from router.domain.config import QueueConfig, SlaMetric, SlaPolicy
from router.domain.events import Decision, Event
from router.domain.ledger import replay_ledger
from router.domain.model import MetricClock, MetricName, QueueMode, TimerKind, WorkItem

MINUTE = 60_000
HOUR = 60 * MINUTE


class Promise:
    """One case under SLA policies; every step checks that the replayed ledger is the live state."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk

    @property
    def now(self) -> int:
        return int(self.desk.now)

    @property
    def item(self) -> WorkItem:
        return self.items("case-1")

    def items(self, case_id: str) -> WorkItem:
        item = self.desk.engine.state.work[case_id]
        assert isinstance(item, WorkItem)
        return item

    def clock(self, name: MetricName, case_id: str = "case-1") -> MetricClock:
        return self.items(case_id).clocks[name]

    def do(self, command: Any) -> Decision:
        decision = self.desk.do(command)
        for case_id, item in self.desk.engine.state.work.items():
            mine = [event for event in self.desk.events if getattr(event, "case_id", None) == case_id]
            replayed = replay_ledger(mine)
            assert {name: replayed[name] for name in item.clocks} == item.clocks
        return decision

    def after(self, ms: int) -> "Promise":
        self.desk.now += ms
        return self

    def reply(self, case_id: str = "case-1", **how: Any) -> Decision:
        return self.do(AgentReplied(case_id, "m", self.now, "aoi", **how))

    def wrote(self, text: str = "", case_id: str = "case-1") -> Decision:
        return self.do(CustomerWrote(case_id, "m", self.now, text))

    def close(self, case_id: str = "case-1") -> Decision:
        return self.do(WorkClosed(case_id, "resolved", self.now))

    def reopen(self, text: str = "", kind: str = "text", case_id: str = "case-1", **how: Any) -> Decision:
        attributes = {"message": {"text": text, "kind": kind}}
        decision: Decision = self.desk.work(case_id, reopened=True, attributes=attributes, **how)
        return decision

    def fire(self, name: MetricName, kind: TimerKind = TimerKind.BREACH, case_id: str = "case-1") -> tuple[Event, ...]:
        version = self.clock(name, case_id).version
        return self.do(SlaTimerDue(case_id, name, kind, version)).events

    def reconfigure(self, **changes: Any) -> None:
        self.desk.events += self.desk.engine.reconfigure(self.desk.configured(*self.queues, **changes), self.now).events

    queues: tuple[QueueConfig, ...] = ()

    def seen(self, kind: type) -> list[Any]:
        return list(self.desk.seen(kind))


def metric(name: MetricName, target: int = 10 * MINUTE, **changes: Any) -> SlaMetric:
    return SlaMetric(name, target, **changes)


def policy(*metrics: SlaMetric, name: str = "standard", revision: int = 1, **changes: Any) -> SlaPolicy:
    return SlaPolicy(name, revision, metrics, **changes)


def shop(revision: int = 1, opens: int = 9, closes: int = 17, name: str = "shop") -> dict[str, BusinessCalendar]:
    hours = {day: (Hours(opens * 60, closes * 60),) for day in range(7)}
    return {name: BusinessCalendar(CalendarConfig(name, revision, "UTC", hours))}


@pytest.fixture
def promise(open_desk: Any) -> Callable[..., Promise]:
    """Called with policies or metrics."""

    def opened(*promised: SlaPolicy | SlaMetric, **changes: Any) -> Promise:
        queues = changes.pop(
            "queues", (QueueConfig("support", mode=QueueMode.AUTO_ASSIGN), QueueConfig("escalated", priority=1))
        )
        metrics = tuple(each for each in promised if isinstance(each, SlaMetric))
        policies = tuple(each for each in promised if isinstance(each, SlaPolicy)) or (policy(*metrics),)
        desk = open_desk(*queues, sla_policies=policies, **changes)
        case = Promise(desk)
        case.queues = queues
        return case

    return opened


@pytest.fixture
def a_metric() -> Callable[..., SlaMetric]:
    return metric


@pytest.fixture
def a_policy() -> Callable[..., SlaPolicy]:
    return policy


@pytest.fixture
def a_shop() -> Callable[..., dict[str, BusinessCalendar]]:
    return shop
