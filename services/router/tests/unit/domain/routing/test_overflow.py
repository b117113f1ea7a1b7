from dataclasses import replace

import pytest

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.commands import SetPresence, TransferWork, WorkClosed
from router.domain.config import QueueConfig, QueueShare, RoutingConfigError, Rule
from router.domain.events import CallbackPromised, WorkDone, WorkOverflowed, WorkQueued, WorkTurnedAway
from router.domain.model import QueueMode
from router.domain.policies import Overflow, OverflowAction, OverflowAfter, OverflowBefore, OverflowWhen

MINUTE, HOUR = 60_000, 3_600_000
TO_SALES = Overflow(OverflowAction.QUEUE, "sales")
PROMISE = Overflow(OverflowAction.PROMISE, message="we-call-you")
END = Overflow(OverflowAction.END, message="closed-today")


def queue(name="support", **changes):
    return QueueConfig(name, mode=QueueMode.AUTO_ASSIGN, **changes)


def before(when, limit=0, overflow=TO_SALES):
    return {"overflow_before": (OverflowBefore(when, overflow, limit),)}


def nine_to_five(now):
    """A calendar of UTC that opens an hour from now."""
    minutes = now // MINUTE % 1_440
    hours = {day: (Hours((minutes + 60) % 1_440, (minutes + 120) % 1_440),) for day in range(7)}
    return BusinessCalendar(CalendarConfig("office", 1, "UTC", hours))


def queues_of(desk):
    return {case_id: item.queue for case_id, item in desk.engine.state.work.items()}


def test_seen_a_10_s_cached_depth_over_admits_the_limit_holds_at_the_same_instant(open_desk):
    desk = open_desk(queue(**before(OverflowWhen.WAITING_OVER, 2)), queue("sales"))
    for number in range(5):
        desk.work(f"case-{number}")
    assert list(queues_of(desk).values()) == ["support"] * 3 + ["sales"] * 2
    overflowed = desk.seen(WorkOverflowed)[0]
    assert (overflowed.queue, overflowed.to_queue, overflowed.why) == ("support", "sales", "waiting_over")
    assert desk.seen(WorkQueued)[-1].queue == "sales"


def test_overflow_looks_at_the_oldest_wait(open_desk):
    desk = open_desk(queue(**before(OverflowWhen.OLDEST_OVER, MINUTE)), queue("sales"))
    desk.work("first")
    desk.now += MINUTE
    desk.work("second")
    desk.now += 1
    desk.work("third")
    assert queues_of(desk) == {"first": "support", "second": "support", "third": "sales"}


def test_overflow_looks_at_the_estimated_wait_once_it_is_known(open_desk):
    desk = open_desk(queue(**before(OverflowWhen.ESTIMATED_OVER, 2 * MINUTE)), queue("sales"))
    for number in range(20):
        desk.work(f"case-{number}")
    assert set(queues_of(desk).values()) == {"support"}
    desk.now += 5 * MINUTE
    desk.agent("aoi", room=20)
    desk.work("next")
    assert desk.engine.state.work["next"].queue == "sales"


def test_a_closed_queue_overflows_and_an_open_one_does_not(open_desk):
    calendar = nine_to_five(open_desk().now)
    config = queue(calendar="office", **before(OverflowWhen.CLOSED))
    desk = open_desk(config, queue("sales"), calendars={"office": calendar})
    desk.work("early")
    desk.after(61 * MINUTE)
    desk.work("open")
    assert queues_of(desk) == {"early": "sales", "open": "support"}


def test_an_overflow_follows_the_other_queues_overflow_and_never_comes_back(open_desk):
    full = before(OverflowWhen.WAITING_OVER, 0)
    desk = open_desk(
        queue(**full),
        queue("sales", **before(OverflowWhen.WAITING_OVER, 0, Overflow(OverflowAction.QUEUE, "returns"))),
        queue("returns"),
        fallback_queue="support",
    )
    for number in range(4):
        desk.work(f"case-{number}")
    assert list(queues_of(desk).values()) == ["support", "sales", "returns", "returns"]
    assert desk.engine.state.work["case-3"].visited == ("support", "sales", "returns")


def test_the_fallback_queue_takes_everything(open_desk):
    to_sales = Overflow(OverflowAction.QUEUE, "sales")
    desk = open_desk(
        queue(**before(OverflowWhen.WAITING_OVER, 0, Overflow(OverflowAction.FALLBACK))),
        queue("last", **before(OverflowWhen.WAITING_OVER, 0, to_sales)),
        queue("sales"),
        fallback_queue="last",
    )
    for number in range(3):
        desk.work(f"case-{number}")
    assert list(queues_of(desk).values()) == ["support", "last", "last"]
    desk.work("direct", queue="last")
    assert desk.engine.state.work["direct"].queue == "sales"


@pytest.mark.parametrize("back", [Overflow(OverflowAction.QUEUE, "support"), Overflow(OverflowAction.FALLBACK)])
def test_circular_overflow_is_refused_with_the_whole_way(open_desk, back):
    with pytest.raises(
        RoutingConfigError, match=r"queues\.sales\.overflow: circular overflow: sales → support → sales\."
    ):
        open_desk(
            queue(**before(OverflowWhen.WAITING_OVER, 5)), queue("sales", overflow_after=(OverflowAfter(MINUTE, back),))
        )


def test_a_promise_is_told_once_and_the_work_keeps_waiting(open_desk):
    promise = OverflowAfter(2 * MINUTE, PROMISE)
    desk = open_desk(queue(**before(OverflowWhen.WAITING_OVER, 0, PROMISE), overflow_after=(promise,)))
    desk.work("first")
    desk.work("second")
    desk.after(3 * MINUTE)
    assert [event.case_id for event in desk.seen(CallbackPromised)] == ["second", "first"]
    assert desk.seen(CallbackPromised)[0].message == "we-call-you"
    desk.agent("aoi", room=2)
    assert desk.holder("second") == "aoi"


def test_turned_away_work_is_done_and_the_customer_is_told(open_desk):
    desk = open_desk(queue(**before(OverflowWhen.WAITING_OVER, 0, END)))
    desk.work("first")
    decision = desk.work("second")
    assert [type(event) for event in decision.events] == [WorkTurnedAway, WorkDone]
    assert "second" not in desk.engine.state.work
    assert desk.do(SetPresence("aoi", "away")).refused.code == "unknown_agent"


def test_overflow_while_waiting_happens_exactly_once_per_step(open_desk):
    steps = (OverflowAfter(MINUTE, PROMISE), OverflowAfter(2 * MINUTE, TO_SALES))
    desk = open_desk(queue(overflow_after=steps), queue("sales"))
    desk.work("case-1")
    desk.after(MINUTE - 1)
    assert desk.seen(CallbackPromised) == []
    desk.after(1)
    desk.after(30_000)
    assert len(desk.seen(CallbackPromised)) == 1
    desk.after(30_000)
    desk.after(10 * HOUR)
    assert [event.why for event in desk.seen(WorkOverflowed)] == ["waited"]
    assert queues_of(desk) == {"case-1": "sales"}


def test_overflow_while_waiting_stops_with_the_wait(open_desk):
    desk = open_desk(queue(overflow_after=(OverflowAfter(MINUTE, END),)))
    desk.work("case-1")
    desk.agent("aoi")
    desk.after(HOUR)
    assert desk.holder("case-1") == "aoi"
    desk.work("case-2")
    desk.after(MINUTE)
    assert [event.case_id for event in desk.seen(WorkTurnedAway)] == ["case-2"]


def test_a_transfer_to_a_full_queue_overflows_too(open_desk):
    desk = open_desk(queue(), queue("sales", **before(OverflowWhen.WAITING_OVER, 0, Overflow(OverflowAction.QUEUE, "more"))),
                     queue("more"))  # fmt: skip
    desk.work("waiting", queue="sales")
    desk.agent("aoi")
    desk.work("case-1")
    desk.do(TransferWork("case-1", "aoi", to_queue="sales"))
    assert desk.engine.state.work["case-1"].queue == "more"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"overflow_before": (OverflowBefore(OverflowWhen.CLOSED, TO_SALES),)}, "has no calendar"),
        ({"overflow_after": (OverflowAfter(2, PROMISE), OverflowAfter(1, PROMISE))}, "go upwards"),
        ({"overflow_after": (OverflowAfter(2, Overflow(OverflowAction.END)),)}, "must be told something"),
        (
            {"overflow_after": (OverflowAfter(2, Overflow(OverflowAction.QUEUE, "nowhere")),)},
            "no queue named 'nowhere'",
        ),
        ({"overflow_after": (OverflowAfter(2, Overflow(OverflowAction.QUEUE)),)}, "names a queue"),
        ({"calendar": "moon"}, "no calendar named 'moon'"),
    ],
)
def test_impossible_overflow_is_refused_with_its_place(open_desk, change, sentence):
    with pytest.raises(RoutingConfigError, match=rf"queues\.support\..*{sentence}"):
        open_desk(queue(**change), queue("sales"))


def test_a_split_that_does_not_sum_to_100_is_refused(open_desk):
    rule = Rule("shared", lambda context: True, split=(QueueShare("support", 60), QueueShare("sales", 30)))
    with pytest.raises(RoutingConfigError, match=r"rules\.shared\.split: percentages must add up to 100\."):
        open_desk(queue(), queue("sales"), rules=(rule,))


def test_a_split_over_1000_items_keeps_its_shares_to_the_item(open_desk):
    parts = [7, 13, 17, 3, 20, 10, 10, 5, 5, 10]
    names = [f"queue-{number}" for number in range(10)]
    split = tuple(QueueShare(name, part) for name, part in zip(names, parts, strict=True))
    desk = open_desk(*(queue(name) for name in names), rules=(Rule("shared", lambda context: True, split=split),))
    for number in range(1_000):
        desk.engine.decide(request(number, desk.now), desk.now)
    counted = list(queues_of(desk).values())
    assert [counted.count(name) for name in names] == [10 * part for part in parts]


@pytest.mark.parametrize(
    "parts",
    [[3, 1, 1, 1, 6, 16, 16, 56], [5, 5, 9, 9, 2, 0, 29, 41], [57, 3, 21, 3, 1, 1, 13, 1], [100], [91] + [1] * 9],
)
def test_a_split_is_off_by_less_than_one_item_after_every_item(open_desk, parts):
    """Serving the richest queue first let small shares drift by more than an item."""
    names = [f"queue-{number}" for number in range(len(parts))]
    split = tuple(QueueShare(name, part) for name, part in zip(names, parts, strict=True))
    desk = open_desk(*map(queue, names), rules=(Rule("shared", lambda context: True, split=split),))
    given = dict.fromkeys(names, 0)
    for number in range(1, 201):
        desk.engine.decide(request(number, desk.now), desk.now)
        given[desk.engine.state.work[f"case-{number:04}"].queue] += 1
        assert max(abs(100 * given[name] - number * part) for name, part in zip(names, parts, strict=True)) < 100


def test_a_split_over_other_queues_begins_anew(open_desk):
    halves = (QueueShare("support", 90), QueueShare("sales", 10))
    desk = open_desk(queue(), queue("sales"), rules=(Rule("shared", lambda context: True, split=halves),))
    desk.engine.decide(request(1, desk.now), desk.now)
    others = (QueueShare("sales", 50), QueueShare("extra", 50))
    changed = replace(
        desk.config,
        revision=2,
        queues={name: queue(name) for name in ("support", "sales", "extra")},
        rules=(Rule("shared", lambda context: True, split=others),),
    )
    desk.engine.reconfigure(changed, desk.now)
    for number in range(2, 12):
        desk.engine.decide(request(number, desk.now), desk.now)
    assert desk.engine.state.shares["shared"] == {"sales": 0, "extra": 0}


def request(number, now):
    from router.domain.commands import WorkRequested
    from router.domain.model import ChannelClass

    return WorkRequested(f"case-{number:04}", now, "line", ChannelClass.MESSAGING)


def test_a_queue_outside_its_hours_gives_out_nothing_until_it_opens(open_desk):
    desk = open_desk()
    calendar = nine_to_five(desk.now)
    desk = open_desk(queue(calendar="office"), calendars={"office": calendar})
    desk.agent("aoi")
    desk.work("case-1")
    assert desk.holder("case-1") is None
    assert desk.engine.explain("case-1", desk.now).candidates[0].obstacle == "queue_closed"
    desk.after(61 * MINUTE)
    assert desk.holder("case-1") == "aoi"


def test_an_agent_whom_an_opening_frees_takes_older_work_before_new_work_of_another_queue(open_desk):
    calendar = nine_to_five(open_desk().now)
    desk = open_desk(queue(calendar="office"), queue("sales"), calendars={"office": calendar})
    desk.agent("aoi", ("support", "sales"))
    desk.work("warm-up", queue="sales")
    desk.do(WorkClosed("warm-up", "x", desk.now))
    desk.work("older", queue="support")
    desk.now += HOUR
    desk.work("newer", queue="sales")
    assert (desk.holder("older"), desk.holder("newer")) == ("aoi", None)
