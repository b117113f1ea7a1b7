"""A large group changes its owner, on the real broker and database. How long it takes: `make bench BENCH=takeover`."""

from uuid import uuid4

import pytest

from contracts import routing
from contracts.config import Agent

pytestmark = pytest.mark.integration
WAITING = 2_000
AGENTS = 200


async def test_a_new_owner_of_a_large_group_decides_again_with_the_same_state(house) -> None:
    agents = tuple(Agent(id=f"a{n:03}", name=f"A {n}", queues=("main",)) for n in range(AGENTS))
    house.configs.accept(house.tenant_config(house.tenant, 2, agents=agents))

    async def all_wait() -> bool:
        sql = "SELECT count(*) FROM work_item WHERE state = 'queued'"
        return bool(await house.value(sql) == WAITING)

    async with house.running():
        for _ in range(WAITING // 500):
            await house.command(*(house.work_requested(uuid4()) for _ in range(500)))
        await house.until(all_wait, seconds=60)
        before = await house.until(
            lambda: house.parts.live.ask(house.tenant, lambda engine, _: engine.state_hash()), seconds=40
        )
    successor = house.another_process()
    async with house.running(successor):
        after = await house.until(lambda: successor.live.ask(house.tenant, lambda engine, _: engine.state_hash()))
        await house.presence("a007")
        offer = await house.events.first(routing.WorkOffered)
    assert after == before
    assert offer.agent_id == "a007"
