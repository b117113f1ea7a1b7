"""`python -m router.simulation`, bounded: every invariant after every step, over every kind of command and event."""

from typing import get_args

import pytest

from router.domain.commands import Command, SlaTimerDue
from router.domain.events import Event
from router.simulation.player import Player
from router.simulation.report import report
from router.simulation.run import joined, run
from router.simulation.shrink import breaks, shrink
from router.simulation.steps import Pass, Step


def test_random_days_keep_every_invariant_and_reach_every_kind_of_event() -> None:
    result = run(4_000, 206)
    assert result.failure is None, report(result)
    kinds = {kind.__name__ for kind in (*get_args(Command), *get_args(Event))} - {"ConfigChanged"}
    assert kinds - result.seen.keys() == set()
    assert {"Rebuild", "Reconfigure"} <= result.seen.keys()
    assert {"waits for its turn", "given up"} <= (+result.seen).keys()
    assert {"refused: command_repeated", "refused: command_overtaken"} <= result.seen.keys()


def test_the_same_seed_plays_the_same_day() -> None:
    assert report(run(300, 5)) == report(run(300, 5))


def test_days_of_several_processes_are_counted_together_and_coverage_says_what_was_never_reached() -> None:
    one, other = run(20, 1), run(30, 2)
    both = joined([one, other])
    assert (both.steps, both.days, both.seen) == (50, 2, one.seen + other.seen)
    told = report(both)
    assert "kinds of commands" in told
    assert "never: " in told
    assert "never" not in report(run(4_000, 206)).split("kinds of commands")[1].split("\n")[0]


def test_a_failing_day_is_shrunk_to_the_steps_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fussy(self: Player, step: Step) -> None:
        self.played += isinstance(step.what, SlaTimerDue)
        if self.played == 2:
            raise AssertionError("two timers")

    monkeypatch.setattr(Player, "play", fussy)
    timer = SlaTimerDue("case-1", None, None, 1)
    steps = [Step(at, timer if at % 7 == 3 else Pass()) for at in range(40)]
    left = shrink(steps, lambda rest: breaks(1, rest) is not None)
    assert [type(step.what) for step in left] == [SlaTimerDue, SlaTimerDue]
