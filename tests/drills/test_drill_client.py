"""What an answer is called, and a lost one."""

import random
from collections.abc import Iterator

import httpx
import pytest
from drills.client import Client, Told, together
from drills.ledger import Outcome

LOST, YES, NO, LATER = None, 200, 404, 503


async def insist(*answers: int | None, patience: float = 60.0) -> Told:
    left: Iterator[int | None] = iter(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        status = next(left)
        if status is LOST:
            raise httpx.ReadTimeout("silence", request=request)
        return httpx.Response(status, json={"code": "told"})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        return await Client(http, random.Random(1)).insist("POST", ["http://a", "http://b"], "/x", patience)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ((YES,), Outcome.OK),
        ((LOST, LATER, YES), Outcome.OK),
        ((NO,), Outcome.FAIL),
        ((LOST, NO), Outcome.UNKNOWN),
        ((LATER, NO), Outcome.UNKNOWN),
    ],
)
async def test_an_answer_is_called(answers: tuple[int | None, ...], outcome: Outcome) -> None:
    told = await insist(*answers)
    assert (told.outcome, told.asked) == (outcome, len(answers))


async def test_no_answer_while_patience_lasts_is_unknown() -> None:
    assert (await insist(LOST, patience=0.0)).outcome is Outcome.UNKNOWN
    assert (await insist(LATER, patience=0.0)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((Outcome.FAIL, Outcome.OK), Outcome.OK),
        ((Outcome.OK, Outcome.FAIL), Outcome.OK),
        ((Outcome.FAIL, Outcome.UNKNOWN, Outcome.FAIL), Outcome.UNKNOWN),
        ((Outcome.UNKNOWN, Outcome.OK), Outcome.OK),
        ((Outcome.FAIL, Outcome.FAIL), Outcome.FAIL),
    ],
)
def test_a_webhook_that_is_posted_again_after_a_refusal_is_judged_by_all_its_answers(
    outcomes: tuple[Outcome, ...], expected: Outcome
) -> None:
    assert together([Told(outcome, 1, 0, 0.0) for outcome in outcomes]).outcome is expected
