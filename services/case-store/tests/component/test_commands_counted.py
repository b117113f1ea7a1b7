"""What the router is told of a case is numbered without gaps, whoever causes it; the house's fixture checks every other test for it."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.routing import WorkMerged, WorkRequested

pytestmark = pytest.mark.integration
PHONE = "+819011112222"


async def post(house: Any, case_id: UUID, what: str, **body: Any) -> None:
    headers = {"idempotency-key": uuid4().hex, "x-agent": "aiko"}
    answer = await house.api.post(f"/v1/cases/{case_id}/{what}", json=body, headers=headers)
    assert answer.is_success, answer.text


async def test_the_consumer_and_the_doors_count_on_from_each_other(house) -> None:
    case_id = await house.open_case(house.line_message())
    await house.reply(case_id)
    await house.deliver(house.line_message(text="まだですか"), house.line_message(text="もしもし"))
    await post(house, case_id, "pause", reason="on_hold")
    await post(house, case_id, "notes", text="確認中")
    await house.deliver(house.line_message(text="急いで"))
    await post(house, case_id, "resume")
    await post(house, case_id, "resolve")
    await house.deliver(house.line_message(text="もう一つ"))
    assert await house.said() == {case_id: list(range(1, 11))}


async def test_what_is_rolled_back_takes_no_number(house) -> None:
    case_id = await house.open_case(house.line_message())
    with pytest.raises(RuntimeError, match="away"):
        async with house.transactions.begin("acme") as work:
            sql = "UPDATE customer_case SET last_command = last_command + 1 WHERE id = $1 RETURNING last_command"
            assert await work.connection.fetchval(sql, case_id) == 2
            raise RuntimeError("away")
    refused = await house.api.post(f"/v1/cases/{case_id}/merge", json={"into": str(uuid4())})
    assert refused.is_error
    await house.reply(case_id)
    assert await house.said() == {case_id: [1, 2]}


async def test_agents_and_customers_at_once_share_one_count(house) -> None:
    case_id = await house.open_case(house.line_message())
    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(house.reply(case_id, f"{number}"))
            group.create_task(house.deliver(*(house.line_message(text=f"{number}.{part}") for part in range(3))))
    assert await house.said() == {case_id: list(range(1, 34))}


async def test_a_batch_over_many_cases_counts_each(house) -> None:
    people = [f"U{number}" for number in range(5)]
    await house.deliver(*(house.line_message(person) for person in people for _ in range(4)))
    assert sorted(map(tuple, (await house.said()).values())) == [(1, 2, 3, 4)] * 5


async def test_a_merge_is_said_about_both_cases(house) -> None:
    target = await house.open_case(house.line_message())
    source = await house.open_case(house.whatsapp_message(PHONE))
    await post(house, source, "merge", into=str(target), merge_customers=True)
    (merged,) = await house.emitted(WorkMerged)
    assert (merged.sequence, merged.into_sequence) == (2, 2)


async def test_a_message_and_a_reply_cost_no_statement_for_their_number(house, statements) -> None:
    case_id = await house.open_case(house.line_message())
    await house.reply(case_id)
    await house.deliver(house.line_message())
    assert len(await house.emitted(WorkRequested)) == 1
    assert not [sql for sql in statements if "SET last_command = last_command + 1" in sql]
