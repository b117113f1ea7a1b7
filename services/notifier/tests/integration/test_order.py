"""A conversation's messages leave in order, one at a time, from any number of senders."""

import asyncio
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest
from house import House, line, request, webhook
from provider_server import Answer, Seen

from contracts.outbound import SendRequested
from notifier.adapters.store import PostgresDeliveries
from runtime.postgres import SYSTEM_TENANT

pytestmark = pytest.mark.integration


def conversation(count: int) -> list[SendRequested]:
    path = line()
    return [request(path, text=f"m{number}") for number in range(count)]


def texts(seen: list[Seen]) -> list[str]:
    return [one.json["messages"][0]["text"] for one in seen]


async def test_messages_of_a_conversation_leave_in_order(house: House) -> None:
    await house.hear(*conversation(6))
    await house.rounds()
    assert texts(house.provider.seen) == [f"m{number}" for number in range(6)]


async def test_a_retry_holds_later_messages_back_but_not_for_ever(house: House) -> None:
    house.provider.script.append(Answer(429, {}, {"Retry-After": "3600"}))
    await house.hear(*conversation(3))
    await house.rounds()
    assert texts(house.provider.seen) == ["m0"]
    await house.later(timedelta(minutes=9))
    await house.rounds()
    assert texts(house.provider.seen) == ["m0"]
    await house.later(timedelta(minutes=2))
    await house.rounds()
    assert texts(house.provider.seen) == ["m0", "m1", "m2"]
    await house.later(timedelta(hours=1))
    await house.rounds()
    assert texts(house.provider.seen) == ["m0", "m1", "m2", "m0"]


async def test_other_conversations_do_not_wait(house: House) -> None:
    house.provider.script.append(Answer(429, {}, {"Retry-After": "3600"}))
    await house.hear(request(line(), text="slow"))
    await house.rounds()
    await house.hear(request(line("U2"), text="quick"))
    await house.rounds()
    assert texts(house.provider.seen) == ["slow", "quick"]


async def test_a_late_head_and_its_follower_due_together_leave_one_by_one(house: House) -> None:
    house.provider.script.append(Answer(429, {}, {"Retry-After": "700"}))
    await house.hear(*conversation(2))
    await house.rounds()
    await house.later(timedelta(minutes=12))
    async with house.transactions.begin(SYSTEM_TENANT) as work:
        due = await PostgresDeliveries(work).due(10)
    assert [one.content.text for one in due.deliveries] == ["m0"]


async def test_the_store_refuses_a_second_message_in_flight(house: House) -> None:
    await house.hear(*conversation(2))
    with pytest.raises(asyncpg.UniqueViolationError):
        await house.database.system.execute(
            "UPDATE delivery SET state = 'sending', lease_until = now() WHERE state = 'pending'"
        )


async def test_two_senders_send_everything_once_and_in_order(house: House) -> None:
    """Twenty conversations of ten messages; both senders run at once."""
    talks = [conversation(10) for _ in range(20)]
    for talk in talks:
        await house.hear(*talk, wake=False)
    await house.hear(*(request(webhook()) for _ in range(50)), wake=False)
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(one.sender.run()) for one in (house.notifier, *house.others)]
        async with asyncio.timeout(60):
            while await house.value("SELECT count(*) FROM delivery WHERE state <> 'accepted'"):
                await asyncio.sleep(0.05)
        for task in running:
            await house.stop(task)
    assert len(house.provider.seen) == 250
    sent = Counter(one.headers.get("x-line-retry-key") or one.headers["webhook-id"] for one in house.provider.seen)
    assert set(sent.values()) == {1}
    assert house.told_as() == ["SendAccepted"] * 250
    order = [event.message_id for event in house.told()]
    for talk in talks:
        assert [one for one in order if one in {m.message_id for m in talk}] == [m.message_id for m in talk]
