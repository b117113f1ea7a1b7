"""Partitions and requests that touch the same people do not wait for each other in a circle."""

import asyncio
from typing import Any

import pytest

from runtime import postgres

pytestmark = pytest.mark.integration
PEOPLE = 4


@pytest.fixture(autouse=True)
def _patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A circle is found within a second; a queue on a starved machine may only be slow, and must not look like one."""
    monkeypatch.setitem(postgres._SERVER_SETTINGS, "lock_timeout", "60000")


async def test_batches_of_two_channels_with_the_same_people_never_deadlock(house) -> None:
    for number in range(PEOPLE):
        await house.deliver(house.line_message(f"U{number}"))
        await house.link(await house.customer_of("line-main", f"U{number}"), f"+{number}")
    forwards, backwards = list(range(PEOPLE)), list(reversed(range(PEOPLE)))
    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(house.deliver(*(house.line_message(f"U{number}") for number in forwards)))
            group.create_task(house.deliver(*(house.whatsapp_message(f"+{number}") for number in backwards)))
    numbers = await house.fetch("SELECT last_seq FROM customer_case")
    assert [row["last_seq"] for row in numbers] == [17] * PEOPLE


async def test_replies_and_single_messages_on_one_case_never_deadlock(house) -> None:
    case_id = await house.open_case()
    answers: list[Any] = []

    async def reply() -> None:
        answers.append(await house.reply(case_id))

    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(house.deliver(house.line_message()))
            group.create_task(reply())
    assert {answer.status_code for answer in answers} == {201}
    assert await house.value("SELECT last_seq FROM customer_case") == 41


async def test_resolving_beside_a_batch_leaves_one_of_both_orders(house) -> None:
    case_id = await house.open_case()
    async with asyncio.timeout(100), asyncio.TaskGroup() as group:
        group.create_task(house.deliver(*(house.line_message() for _ in range(6))))
        resolved = group.create_task(house.api.post(f"/v1/cases/{case_id}/resolve"))
    assert resolved.result().status_code == 200
    (row,) = await house.fetch("SELECT status, last_seq FROM customer_case")
    assert row["last_seq"] == 7
    assert row["status"] in ("open", "resolved")
