"""`Idempotency-Key` on the real database: concurrent callers, a rolled-back first, another body."""

import asyncio

import pytest

from runtime.api import Principal, Reply, idempotent
from runtime.errors import Refused
from runtime.unit_of_work import Transactions, open_transactions

pytestmark = pytest.mark.integration
CALLER = Principal(tenant="acme", subject="aiko", scopes=frozenset({"cases:write"}))


@pytest.fixture
async def transactions(bench):
    async with open_transactions(bench.database, bench.producer, source="test", lane="api/0") as opened:
        yield opened


class Counted:
    def __init__(self, fail: bool = False) -> None:
        self.calls = 0
        self.fail = fail

    async def __call__(self) -> Reply:
        self.calls += 1
        await asyncio.sleep(0.05)
        if self.fail:
            raise Refused("no", "not this time")
        return Reply(201, {"call": self.calls})


async def ask(transactions: Transactions, produce: Counted, body: bytes = b"{}", caller: Principal = CALLER) -> Reply:
    async with transactions.begin(caller.tenant) as work:
        return await idempotent(work, caller, "key-1", "POST /v1/things", body, produce)


async def test_two_callers_at_once_get_the_same_reply_and_one_effect(transactions) -> None:
    produce = Counted()
    async with asyncio.TaskGroup() as group:
        replies = [group.create_task(ask(transactions, produce)) for _ in range(5)]
    assert produce.calls == 1
    assert {(reply.result().status, str(reply.result().body)) for reply in replies} == {(201, "{'call': 1}")}


async def test_a_rolled_back_first_lets_the_second_do_the_work(transactions) -> None:
    with pytest.raises(Refused):
        await ask(transactions, Counted(fail=True))
    assert (await ask(transactions, Counted())).body == {"call": 1}


async def test_the_same_key_with_another_body_is_refused(transactions) -> None:
    await ask(transactions, Counted())
    with pytest.raises(Refused) as refused:
        await ask(transactions, Counted(), body=b'{"other":1}')
    assert (refused.value.code, refused.value.status) == ("idempotency_key_reused", 422)


async def test_another_tenants_same_key_is_another_key(transactions) -> None:
    await ask(transactions, Counted())
    other, produce = Principal(tenant="other", subject="x", scopes=frozenset()), Counted()
    await ask(transactions, produce, caller=other)
    assert produce.calls == 1
