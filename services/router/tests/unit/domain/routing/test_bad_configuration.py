"""A configuration that contradicts itself is refused with its place; work, agents and time stay as they were."""

from dataclasses import replace

import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, CalendarError, Hours
from router.domain.config import QueueConfig, QueueShare, RoutingConfigError, Rule
from router.domain.policies import Overflow, OverflowAction, OverflowAfter
from router.domain.requirements import SkillNeed, Step

SUPPORT = QueueConfig("support")


def rule(**changes):
    return {"rules": (Rule("vip", lambda _: True, **changes),)}


def to(queue: str) -> tuple[OverflowAfter, ...]:
    return (OverflowAfter(60_000, Overflow(OverflowAction.QUEUE, queue)),)


def queues(*changed: QueueConfig):
    return {"queues": {queue.name: queue for queue in changed}}


ELEVEN = (*(QueueShare(f"queue-{number}", 10) for number in range(10)), QueueShare("support", 0))
BAD = [
    ({"default_queue": "nowhere"}, "default_queue: there is no queue named 'nowhere'"),
    ({"fallback_queue": "nowhere"}, "fallback_queue: there is no queue named 'nowhere'"),
    (rule(queue="nowhere"), "rules.vip: there is no queue named 'nowhere'"),
    (rule(fallback="nowhere"), "rules.vip: there is no queue named 'nowhere'"),
    (rule(sla_policy="gold"), "rules.vip.sla_policy: there is no SLA policy named 'gold'"),
    (rule(priority=10), "rules.vip.priority: must be 1"),
    (rule(skills=(SkillNeed("japanese", 11),)), "rules.vip.skills"),
    (rule(relaxation=(Step(()), Step(()))), "rules.vip.relaxation: only the last step"),
    (rule(split=(QueueShare("support", 99),)), "rules.vip.split: percentages must add up to 100"),
    (rule(split=(QueueShare("support", 101),)), "rules.vip.split: percentages must add up to 100"),
    (queues(*(QueueConfig(share.queue) for share in ELEVEN)) | rule(split=ELEVEN), "rules.vip.split: names up to 10"),
    (queues(replace(SUPPORT, overflow_after=to("support"))), "support → support"),
    (
        queues(
            replace(SUPPORT, overflow_after=to("returns")),
            QueueConfig("returns", overflow_after=to("sales")),
            QueueConfig("sales", overflow_after=to("support")),
        ),
        "circular overflow: returns → sales → support → returns",
    ),
    (queues(replace(SUPPORT, calendar="moon")), "queues.support.calendar: there is no calendar named 'moon'"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD, ids=[sentence for _, sentence in BAD])
def test_a_bad_configuration_is_refused_with_its_place_and_nothing_changes(open_desk, change, sentence) -> None:
    desk = open_desk(SUPPORT)
    desk.agent("aoi")
    desk.work("assigned")
    desk.accept("assigned")
    desk.work("waiting")
    before, due = desk.engine.state_hash(), desk.engine.next_due()
    with pytest.raises(RoutingConfigError) as refused:
        desk.engine.reconfigure(replace(desk.config, revision=2, **change), desk.now + 3_600_000)
    assert sentence in str(refused.value)
    assert desk.engine.config is desk.config
    assert (desk.engine.state_hash(), desk.engine.next_due()) == (before, due)
    assert desk.work("next").events[0].at == desk.now, "time did not go on either"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weekly": {}}, "empty"),
        ({"zone": "Asia/Edo"}, "Asia/Edo"),
        ({"zone": "../etc/passwd"}, "../etc/passwd"),
        ({"zone": ""}, "''"),
        ({"weekly": {0: (Hours(-1, 540),)}}, "office"),
    ],
)
def test_a_calendar_that_cannot_tell_time_is_refused_by_its_name(change, sentence) -> None:
    good = CalendarConfig("office", 1, "Asia/Tokyo", {0: (Hours(540, 1080),)}, frozenset(), {})
    with pytest.raises(CalendarError) as refused:
        BusinessCalendar(replace(good, **change))
    assert "office" in str(refused.value)
    assert sentence in str(refused.value)
