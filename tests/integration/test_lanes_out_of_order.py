"""The case store's lanes are published the wrong way round, as after a broker was away: the router is told of an end before its request."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from case_loop import Loop, open_loop, tenant_config  # the folder is no package

from contracts.envelope import decode
from contracts.routing import WorkQueued
from contracts.topics import ROUTING_COMMANDS
from runtime.producer import RawRecord
from runtime.testing.config import fixed_config

pytestmark = pytest.mark.integration


@pytest.fixture
async def loop(postgres: Any) -> AsyncIterator[Loop]:
    async with open_loop(postgres, fixed_config(tenant_config())) as opened:
        yield opened


class Broker:
    """Away: what the case store publishes waits, until it comes in another order."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._carry = loop.carry
        self.waiting: list[RawRecord] = []

    async def __aenter__(self) -> "Broker":
        self._loop.carry = self._keep
        return self

    async def __aexit__(self, *_: object) -> None:
        """A lane publishes after its transaction, on a busy machine a while after."""
        async with asyncio.timeout(60):
            while len(commands(self._loop.log.records)) < await _said(self._loop):
                await asyncio.sleep(0.01)
        await self._loop.settle()
        self._loop.carry = self._carry  # type: ignore[method-assign]

    async def _keep(self, record: RawRecord) -> None:
        self.waiting.append(record)

    async def deliver(self, records: list[RawRecord]) -> None:
        for record in records:
            await self._carry(record)
        await self._loop.settle()


def commands(records: list[RawRecord]) -> list[RawRecord]:
    return [record for record in records if record.topic == ROUTING_COMMANDS.name]


async def test_a_case_that_is_reopened_and_resolved_at_once_has_no_open_work(loop: Loop) -> None:
    case_id = await loop.write()
    await loop.post(f"cases/{case_id}/resolve")
    async with Broker(loop) as broker:
        await loop.write(text="もう一つ、別の返金があります。注文番号はA-1002です。")
        await loop.post(f"cases/{case_id}/resolve")
    request, end = commands(broker.waiting)
    assert [type(decode(each.value).data).__name__ for each in (request, end)] == ["WorkRequested", "WorkClosed"]
    await broker.deliver([end])
    assert len(loop.told(WorkQueued)) == 1
    await broker.deliver([request])
    shown = await loop.case(case_id)
    assert (shown["status"], shown["routing"]["work_state"], len(loop.told(WorkQueued))) == ("resolved", "done", 2)
    assert await loop.work(case_id) is None
    assert await loop.router(lambda engine: engine.state.early) == {}


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_the_order_the_router_ends_where_the_case_store_is(loop: Loop, seed: int) -> None:
    dice = random.Random(seed)
    async with Broker(loop) as broker:
        cases = {person: await loop.write(person) for person in ("U1", "U2", "U3")}
        for _ in range(20):
            person = dice.choice(list(cases))
            await _something(loop, dice, person, cases[person])
    waiting = commands(broker.waiting)
    dice.shuffle(waiting)
    await broker.deliver(waiting)
    for case_id in cases.values():
        shown, work = await loop.case(case_id), await loop.work(case_id)
        assert (work is not None) == (shown["status"] == "open"), f"case {case_id} is {shown['status']}"
        if work is not None:
            assert (work.sequence, work.attributes["case"]["priority"]) == await _stated(loop, case_id)
    assert await loop.router(lambda engine: engine.state.early) == {}


async def _said(loop: Loop) -> int:
    async with loop.cases.read("acme") as connection:
        return int(await connection.fetchval("SELECT sum(last_command) FROM customer_case"))


async def _stated(loop: Loop, case_id: UUID) -> tuple[int, int | None]:
    """The number of the last command, and the case's own priority."""
    async with loop.cases.read("acme") as connection:
        row = await connection.fetchrow("SELECT last_command, priority FROM customer_case WHERE id = $1", case_id)
    return row["last_command"], row["priority"]


async def _something(loop: Loop, dice: random.Random, person: str, case_id: UUID) -> None:
    """By the consumer's lane or by a door's."""
    is_open = (await loop.case(case_id))["status"] == "open"
    what = dice.choice(("write", "reply", "resolve", "facts") if is_open else ("write", "reopen"))
    match what:
        case "write":
            await loop.write(person, "まだ返事がありません。注文番号はA-1002です。よろしく。")
        case "reply":
            await loop.post(f"cases/{case_id}/messages", {"text": "確認します。"})
        case "facts":
            await loop.post(f"cases/{case_id}", {"priority": dice.randrange(1, 9)}, method="PATCH")
        case _:
            await loop.post(f"cases/{case_id}/{what}")
