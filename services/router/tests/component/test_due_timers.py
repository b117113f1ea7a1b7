"""Due SLA timers are read, so many at once, and their rows go with what firing them writes."""

from uuid import uuid4

from contracts import sla
from router.handlers import decide_commands


async def test_more_than_fire_at_once_fire_in_turns_each_once(room, monkeypatch) -> None:
    monkeypatch.setattr(decide_commands, "FIRED_AT_ONCE", 2)
    cases = [uuid4() for _ in range(5)]
    for case_id in cases:
        await room.deliver(room.work_requested(case_id))
    turns = [await room.pass_time(minutes=6)]
    while room.due_in_ms() <= 0:
        turns.append(await room.pass_time())
    warned = [[event.case_id for event in told if isinstance(event, sla.SlaWarned)] for told in turns]
    assert [len(each) for each in warned] == [2, 2, 1]
    assert sorted(case_id for each in warned for case_id in each) == sorted(cases)


async def test_a_warning_leaves_the_row_of_the_next_and_the_breach_none(room) -> None:
    await room.deliver(room.work_requested(uuid4()))
    await room.pass_time(minutes=5)
    assert _rows(room) == [("breach", 10), ("warn", 8)]
    await room.pass_time(minutes=3)
    assert _rows(room) == [("breach", 10)]
    await room.pass_time(minutes=2)
    assert _rows(room) == []


async def test_a_due_timer_of_work_that_is_closed_goes_without_a_word(room) -> None:
    """No write leaves one, but a row that nobody fires would come due for ever."""
    case_id = uuid4()
    await room.deliver(room.work_requested(case_id))
    timers = dict(room.store.timers)
    await room.deliver(room.work_closed(case_id))
    room.store.timers = timers
    await room.restart()
    assert await room.pass_time(minutes=11) == []
    assert _rows(room) == []


def _rows(room) -> list[tuple[str, int]]:
    """Kind, and minutes from the start, of the first response's timers."""
    timers = (timer for _, timer in room.store.timers.values() if timer.metric == "first_response")
    begun = min(item.requested_at for item in room.engine().state.work.values()) if room.engine().state.work else 0
    return sorted((str(timer.kind), (timer.due_at - begun) // 60_000) for timer in timers)
