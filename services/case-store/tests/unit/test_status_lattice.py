from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from case_store.domain.status import advances

WORDS = ("accepted", "sent", "delivered", "read", "failed")
HEIGHT = {"queued": 0, "accepted": 1, "sent": 2, "failed": 3, "delivered": 4, "read": 5}


def settle(reports: list[str] | tuple[str, ...]) -> str:
    return reduce(lambda held, told: told if advances(held, told) else held, reports, "queued")


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.randoms())
def test_the_order_and_number_of_reports_never_matters(reports: list[str], random: object) -> None:
    shuffled = [*reports, *reports[::2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert settle(shuffled) == settle(reports)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_a_status_never_goes_back(reports: list[str]) -> None:
    heights = [HEIGHT[settle(reports[:length])] for length in range(len(reports) + 1)]
    assert heights == sorted(heights)


@pytest.mark.parametrize("order", list(permutations(("failed", "delivered"))))
def test_a_device_that_answered_disproves_a_failure(order: tuple[str, ...]) -> None:
    assert settle(order) == "delivered"


@pytest.mark.parametrize("order", list(permutations(("failed", "sent", "accepted"))))
def test_a_failure_outlasts_what_the_provider_said_before(order: tuple[str, ...]) -> None:
    assert settle(order) == "failed"


@pytest.mark.parametrize("word", ["unknown", "queued", "", "READ"])
def test_a_word_that_is_no_progress_moves_nothing(word: str) -> None:
    assert not advances("queued", word)
