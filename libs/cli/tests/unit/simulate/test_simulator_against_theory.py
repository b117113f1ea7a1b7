"""Queues that theory can solve: the router's engine must give its numbers."""

from dataclasses import replace
from math import isclose

import pytest

from madoguchi.simulate.theory import Floor, expected
from madoguchi.simulate.validate import MEASURES, WITHIN_S, Line, compare, table


def test_erlang_c_by_hand() -> None:
    """One agent at a load of 0.8 (M/M/1), and two agents of half the speed each."""
    one = expected(Floor(rate=0.8, handle=1.0, agents=1), within=2.0)
    assert (isclose(one.waits, 0.8), isclose(one.wait, 4.0)) == (True, True)
    assert one.service_level is not None
    assert isclose(one.service_level, 1 - 0.8 * 2.718281828459045**-0.4)
    two = expected(Floor(rate=0.8, handle=2.0, agents=2), within=0.0)
    assert isclose(two.waits, 2 * 0.8**2 / 1.8)


def test_erlang_a_with_endless_patience_is_erlang_c_and_with_none_is_erlang_b() -> None:
    patient = expected(Floor(1 / 30, 240.0, 10, patience=1e9), within=20.0)
    forever = expected(Floor(1 / 30, 240.0, 10), within=20.0)
    assert isclose(patient.wait, forever.wait, rel_tol=1e-4)
    assert isclose(patient.waits, forever.waits, rel_tol=1e-4)
    hasty = expected(Floor(1 / 30, 240.0, 10, patience=1e-6), within=20.0)
    assert isclose(hasty.gives_up, 0.121661, rel_tol=1e-4), "Erlang B of 8 erlangs and 10 agents"


def test_a_queue_that_grows_without_end_has_no_answer() -> None:
    with pytest.raises(ValueError, match="grows without end"):
        expected(Floor(rate=1 / 10, handle=100.0, agents=10), within=20.0)


@pytest.mark.timeout(120)
def test_waits_and_service_level_are_those_of_erlang_c() -> None:
    """Runs enough that one agent more or fewer would show; the whole table is the command's."""
    floor = Floor(rate=1 / 60, handle=240.0, agents=6)
    require_agreement(list(compare(floor, runs=8, customers=3_000)), {"waits", "wait_s", "service_level", "occupancy"})


@pytest.mark.timeout(120)
def test_customers_give_up_as_erlang_a_says() -> None:
    floor = Floor(rate=1 / 60, handle=240.0, agents=4, patience=120.0)
    require_agreement(list(compare(floor, runs=8, customers=3_000)), {"waits", "wait_s", "gives_up", "occupancy"})


def require_agreement(lines: list[Line], measures: set[str]) -> None:
    assert {line.measure for line in lines} == measures
    assert [line for line in lines if not line.agrees] == [], "\n".join(table(lines))
    for change in (-1, 1):
        assert [line.measure for line in lines if _would_notice(line, change)] != [], "one agent more or fewer shows"


def _would_notice(line: Line, change: int) -> bool:
    """An interval so wide that a floor of another size fits in too would prove nothing."""
    floor = replace(line.floor, agents=line.floor.agents + change)
    other = MEASURES[line.measure][0](expected(floor, WITHIN_S))
    return other is not None and abs(line.simulated - other) > line.margin
