"""What is said about a case is carried out in the order of its saying, whatever order it comes in."""

import json
from itertools import permutations
from typing import Any

import pytest

from router.domain.commands import (
    AgentReplied,
    CustomerWrote,
    FactsChanged,
    WorkClosed,
    WorkMerged,
    WorkPaused,
    WorkRequested,
)
from router.domain.early import WAIT_MS, Gap
from router.domain.engine import Engine
from router.domain.events import ConversationParked, WorkDone, WorkQueued
from router.domain.model import ChannelClass
from router.domain.records import work_record
from router.domain.state import State

T0 = 1_790_000_000_000


def asked(case_id: str, sequence: int | None, at: int = T0, **changes: Any) -> WorkRequested:
    return WorkRequested(case_id, at, "line", ChannelClass.MESSAGING, sequence=sequence, **changes)


def closed(case_id: str, sequence: int | None, at: int = T0) -> WorkClosed:
    return WorkClosed(case_id, "resolved", at, sequence)


def replied(case_id: str, sequence: int, at: int = T0) -> AgentReplied:
    return AgentReplied(case_id, f"m{sequence}", at, "aiko", sequence=sequence)


def wrote(case_id: str, sequence: int, at: int = T0) -> CustomerWrote:
    return CustomerWrote(case_id, f"m{sequence}", at, "and?", sequence)


def rebuilt(engine: Engine) -> Engine:
    """By another owner, from what the first one stored."""
    state, changes = engine.state, engine.take_changes()
    rows = [json.loads(json.dumps(work_record(item))) for item in changes.work_items]
    early = [each for each in changes.early.values() if each is not None]
    other = Engine(engine.config, State.from_records(rows, early=early))
    assert other.state_hash() == state.hash()
    return other


def test_an_end_that_overtook_the_request_for_work_ends_it_afterwards(open_desk) -> None:
    desk = open_desk()
    decision = desk.do(closed("c1", 2))
    assert (decision.events, decision.refused) == ((), None)
    desk.do(asked("c1", 1))
    assert [type(event) for event in desk.events] == [WorkQueued, WorkDone]
    assert not desk.engine.state.work
    assert not desk.engine.state.early


def test_a_reopened_case_that_was_resolved_at_once_has_no_open_work(open_desk) -> None:
    """As a drill found it: the broker was away, and the two lanes were published the wrong way round."""
    desk = open_desk()
    for command in (asked("c1", 1), closed("c1", 2), closed("c1", 4), asked("c1", 3, reopened=True)):
        desk.do(command)
    assert not desk.engine.state.work
    assert len(desk.seen(WorkDone)) == 2


@pytest.mark.parametrize("order", list(permutations(range(1, 6))))
def test_any_order_of_arrival_leads_to_the_same(open_desk, order: tuple[int, ...]) -> None:
    said = {1: asked("c1", 1), 2: replied("c1", 2), 3: wrote("c1", 3, T0 + 1), 4: WorkPaused("c1", "on_hold", T0, 4)}
    said[5] = FactsChanged("c1", T0, {"case": {"tags": ["vip"]}}, 2, 5)
    plain, shuffled = open_desk(), open_desk()
    for number in sorted(said):
        plain.do(said[number])
    for number in order:
        shuffled.do(said[number])
    assert shuffled.engine.state_hash() == plain.engine.state_hash()
    assert shuffled.engine.state.work["c1"].sequence == 5


def test_cases_wait_each_for_their_own(open_desk) -> None:
    desk = open_desk()
    for command in (asked("c1", 1), asked("c2", 1), closed("c1", 3), wrote("c2", 2, T0 + 1), closed("c2", 4)):
        desk.do(command)
    assert desk.engine.state.work.keys() == {"c1", "c2"}
    desk.do(wrote("c1", 2, T0 + 1))
    assert desk.engine.state.work.keys() == {"c2"}
    desk.do(replied("c2", 3, T0 + 2))
    assert not desk.engine.state.work


def test_a_repetition_changes_nothing(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 2))
    desk.do(asked("c1", 3, reopened=True))
    before = desk.engine.state_hash()
    for again in (asked("c1", 1), closed("c1", 2), asked("c1", 3, reopened=True)):
        decision = desk.do(again)
        assert decision.refused is not None
        assert (decision.refused.code, decision.events) == ("command_repeated", ())
    assert desk.engine.state_hash() == before
    desk.do(wrote("c1", 5))
    waiting = desk.do(wrote("c1", 5))
    assert waiting.refused is not None
    assert waiting.refused.code == "command_repeated"


def test_what_never_came_is_given_up_after_its_time_and_not_before(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 4))
    desk.after(10_000)
    desk.do(replied("c1", 3, desk.now))
    assert desk.engine.next_due() == desk.now + WAIT_MS
    desk.after(WAIT_MS - 1)
    assert desk.engine.state.work["c1"].answered_at is None
    desk.after(1)
    assert not desk.engine.state.work, "the reply, and the end behind it"
    assert desk.engine.take_gaps() == [Gap("c1", 2, 3)]
    assert desk.engine.take_gaps() == []


def test_what_waits_waits_anew_when_a_part_of_it_came(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 4))
    desk.after(WAIT_MS - 1)
    desk.do(wrote("c1", 2))
    desk.after(WAIT_MS - 1)
    assert desk.engine.state.work["c1"].sequence == 2
    desk.do(replied("c1", 3))
    assert not desk.engine.state.work
    assert desk.engine.take_gaps() == []


def test_without_open_work_commands_wait_for_a_request_however_long_it_takes(open_desk) -> None:
    desk = open_desk()
    desk.do(closed("c1", 3))
    desk.after(WAIT_MS)
    assert desk.engine.take_gaps() == [Gap("c1", 1, 3)], "told once"
    desk.after(10 * WAIT_MS)
    assert desk.engine.take_gaps() == []
    desk.do(asked("c1", 1))
    assert desk.engine.state.work.keys() == {"c1"}
    desk.do(wrote("c1", 2))
    assert not desk.engine.state.work


def test_a_request_that_came_too_early_for_closed_work_opens_it_when_its_time_is_over(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 2))
    desk.do(asked("c1", 6, reopened=True))
    desk.do(closed("c1", 4))
    desk.after(WAIT_MS - 1)
    assert not desk.engine.state.work
    desk.after(1)
    assert desk.engine.state.work["c1"].sequence == 6
    late = desk.do(asked("c1", 3, reopened=True))
    assert late.refused is not None
    assert late.refused.code == "command_repeated"


def test_an_answer_that_was_given_up_still_stops_its_clock_when_it_comes(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(FactsChanged("c1", T0, {}, None, 3))
    desk.after(WAIT_MS)
    desk.do(replied("c1", 2))
    item = desk.engine.state.work["c1"]
    assert (item.answered_at, item.missed, item.sequence) == (T0, (), 3)


def test_an_end_that_was_given_up_does_not_end_what_was_asked_for_after_it(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(asked("c1", 3, reopened=True))
    desk.after(WAIT_MS)
    late = desk.do(closed("c1", 2))
    assert late.refused is not None
    assert late.refused.code == "command_overtaken"
    assert desk.engine.state.work.keys() == {"c1"}


def test_commands_that_nobody_numbered_have_no_order(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(replied("c1", 3))
    desk.do(closed("c1", None))
    assert not desk.engine.state.work
    assert desk.engine.state.last_command("c1") == 1


def test_of_a_case_that_was_never_heard_of_a_request_is_taken_by_any_number(open_desk) -> None:
    """Its work was done so long ago that the router forgot it."""
    desk = open_desk()
    desk.do(closed("c1", 42))
    desk.do(replied("c1", 40))
    desk.do(asked("c1", 41, reopened=True))
    assert not desk.engine.state.work
    assert desk.engine.state.last_command("c1") == 42
    assert not desk.engine.state.early


def test_a_merge_waits_for_both_cases(open_desk) -> None:
    """Else the case in which it goes on would lose the older start."""
    desk = open_desk()
    desk.do(asked("old", 1))
    desk.do(WorkMerged("old", "new", T0, 2, 2))
    desk.do(wrote("new", 3, T0 + 1))
    assert desk.engine.state.work.keys() == {"old"}
    desk.do(asked("new", 1))
    assert desk.engine.state.work.keys() == {"new"}
    assert (desk.engine.state.last_command("old"), desk.engine.state.last_command("new")) == (2, 3)


def test_a_merge_whose_other_case_never_came_ends_its_own_and_leaves_the_other_waiting(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("old", 1))
    desk.do(WorkMerged("old", "new", T0, 2, 2))
    desk.after(WAIT_MS)
    assert not desk.engine.state.work
    desk.do(asked("new", 1))
    assert desk.engine.state.work.keys() == {"new"}


@pytest.mark.parametrize("other_is_known", [True, False])
def test_a_merge_that_a_later_request_overtook_ends_nothing_and_holds_nobody_up(
    open_desk, other_is_known: bool
) -> None:
    """Its number still counts in the other case, in its turn."""
    desk = open_desk()
    if other_is_known:
        desk.do(asked("new", 1))
    desk.do(WorkMerged("old", "new", T0, 2, 2))
    desk.do(wrote("new", 3, T0 + 1))
    desk.do(asked("old", 3, reopened=True))
    assert "old" not in desk.engine.state.early
    desk.engine = rebuilt(desk.engine)
    if not other_is_known:
        desk.do(asked("new", 1))
    assert not desk.engine.state.early
    assert (desk.engine.state.last_command("old"), desk.engine.state.last_command("new")) == (3, 3)
    desk.after(WAIT_MS)
    assert desk.engine.state.work.keys() == {"old", "new"}
    assert desk.engine.take_gaps() == []


def test_what_waits_behind_a_merge_that_the_other_case_gave_up_is_still_told(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("old", 1))
    desk.do(asked("new", 1))
    desk.do(closed("old", 7))
    desk.after(1_000)
    desk.do(WorkMerged("old", "new", T0, 9, 2))
    desk.after(30_000)
    desk.do(closed("old", 11))
    for _ in range(3):
        desk.after(WAIT_MS)
    assert [gap for gap in desk.engine.take_gaps() if gap.number == 11] == [Gap("old", 8, 11)]


def test_what_waits_survives_its_owner(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 3))
    desk.after(20_000)
    desk.engine = rebuilt(desk.engine)
    assert desk.engine.next_due() == T0 + WAIT_MS, "the time that it waited counts"
    desk.do(wrote("c1", 2))
    assert not desk.engine.state.work


def test_done_work_remembers_its_number_for_the_next_owner(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 2))
    assert desk.engine.take_changes().work_items[0].sequence == 2
    desk.do(wrote("c1", 3))
    changes = desk.engine.take_changes()
    assert (changes.work_items, changes.counted) == ([], {"c1": 3})


def test_a_fill_that_is_refused_lets_the_rest_go_on(open_desk) -> None:
    desk = open_desk()
    desk.do(asked("c1", 1))
    desk.do(closed("c1", 2))
    desk.do(asked("c1", 4, reopened=True))
    decision = desk.do(wrote("c1", 3))
    assert decision.refused is not None
    assert [type(event) for event in decision.events] == [WorkQueued]
    assert not desk.seen(ConversationParked)
