"""kill -9 of the owner of a large group: two router processes, the second gets the partition, loads it and goes on.

The clock starts when the lease has the new owner's name and stops when a command that waited in the log is decided and committed. That
command is refused, so both owners can be asked for the hash of the same state.
"""

import asyncio
import signal
import time
from contextlib import AsyncExitStack
from typing import Any, Final
from uuid import uuid4

import bench_router
from bench_router import AGENTS, QUEUES, WAITING, a_closing, a_config
from router_house import RouterHouse, RouterProcess, memory_mb, open_house

from contracts.routing import EndWrapUp
from madoguchi.stack import StackOptions

_LEASE: Final = "SELECT owner, next_offset FROM partition_lease ORDER BY next_offset DESC LIMIT 1"


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions
) -> tuple[dict[str, float], dict[str, Any], str]:
    async with AsyncExitStack() as closing:
        house = await closing.enter_async_context(open_house(stack_options))
        await house.apply(a_config())
        routers = {str(number): RouterProcess(house, number) for number in range(2)}
        for router in routers.values():
            closing.push_async_callback(router.stop)
            await router.ready()
        await bench_router.fill(house)
        details = await _take_over(house, routers)
    flat = {"takeover_seconds": details["first_decision_after_s"], "takeover_state_is_equal": details["states_equal"]}
    return flat, details, house.addresses.broker


async def _take_over(house: RouterHouse, routers: dict[str, RouterProcess]) -> dict[str, Any]:
    owner = (await house.pool.fetchrow(_LEASE))["owner"]
    before = await _state(routers[owner])
    held = await house.value("SELECT case_id FROM assignment WHERE ended_at IS NULL LIMIT 1")
    routers[owner].send(signal.SIGKILL)
    killed = time.monotonic()
    await house.command([EndWrapUp(case_id=uuid4(), agent_id="nobody")])
    ((successor, router),) = ((name, each) for name, each in routers.items() if name != owner)
    taken, decided = await _watch(house, successor)
    after = await _state(router)
    closed = time.monotonic()
    await house.command([a_closing(held)])
    await house.caught_up(60)
    return {
        "agents": AGENTS,
        "queues": QUEUES,
        "waiting": WAITING,
        "open_work": before["waiting"],
        "partition_after_kill_s": round(taken - killed, 2),
        "loaded_in_s": (await router.told("state loaded", lambda line: line["count"]))["seconds"],
        "first_decision_after_s": round(decided - taken, 2),
        "first_assignment_told_in_s": round(time.monotonic() - closed, 2),
        "state_hash_before": before["state_hash"],
        "state_hash_after": after["state_hash"],
        "states_equal": int(before == after),
        "resident_mb": round(memory_mb(router)),
    }


async def _watch(house: RouterHouse, successor: str) -> tuple[float, float]:
    """When the lease changed hands, and when the waiting command was decided."""
    taken, offset = 0.0, (await house.pool.fetchrow(_LEASE))["next_offset"]
    async with asyncio.timeout(180):
        while True:
            row = await house.pool.fetchrow(_LEASE)
            if row["owner"] == successor and not taken:
                taken = time.monotonic()
            if row["next_offset"] > offset:
                return taken, time.monotonic()
            await asyncio.sleep(0.005)


async def _state(router: RouterProcess) -> dict[str, Any]:
    router.send(signal.SIGUSR2)
    line = await router.told("state", lambda line: line["waiting"])
    return {name: line[name] for name in ("state_hash", "waiting", "agents")}
