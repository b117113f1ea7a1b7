"""Batches that come together share a transaction, and nothing else."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from runtime.errors import Fenced, Refused
from runtime.group_commit import GroupCommit
from runtime.inbox import Batch


def batch(name: str, size: int = 1) -> Batch:
    lane: Any = SimpleNamespace(name=name)
    unused: Any = None
    return Batch(unused, 0, size - 1, [unused] * size, (), lane, unused)


class Store:
    """Notes what was committed together; `refuses` whose presence fails a transaction, and `gate` keeps one open."""

    def __init__(self, **refuses: Exception) -> None:
        self.refuses = refuses
        self.tried: list[str] = []
        self.committed: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def commit(self, group: Sequence[Batch]) -> None:
        names = "".join(each.lane.name for each in group)
        self.tried.append(names)
        await self.gate.wait()
        for name in names:
            if name in self.refuses:
                raise self.refuses[name]
        self.committed.append(names)


async def crossed(store: Store, *batches: Batch, most: int = 100) -> list[Any]:
    group = GroupCommit(store.commit, most)
    calls = [asyncio.create_task(group.commit(each)) for each in batches]
    await asyncio.wait(calls)
    return [call.exception() for call in calls]


async def test_what_comes_at_once_is_committed_at_once() -> None:
    store = Store()
    assert await crossed(store, batch("a"), batch("b"), batch("c")) == [None] * 3
    assert store.committed == ["abc"]


async def test_what_comes_meanwhile_shares_the_next_transaction() -> None:
    store = Store()
    store.gate.clear()
    group = GroupCommit(store.commit, 100)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(group.commit(batch("a")))
        while not store.tried:
            await asyncio.sleep(0)
        for name in "bc":
            tasks.create_task(group.commit(batch(name)))
        await asyncio.sleep(0)
        store.gate.set()
    assert store.committed == ["a", "bc"]


async def test_a_transaction_takes_no_more_than_a_batch_may_hold() -> None:
    store = Store()
    await crossed(store, batch("a", 3), batch("b", 3), batch("c", 2), batch("d", 9), batch("e", 1), most=5)
    assert store.committed == ["a", "bc", "d", "e"]


@pytest.mark.parametrize(
    "error", [Fenced("lost"), Refused("no", "poison"), ValueError("a bug")], ids=lambda e: type(e).__name__
)
async def test_ones_failure_is_nobody_elses(error: Exception) -> None:
    store = Store(b=error)
    assert await crossed(store, batch("a"), batch("b"), batch("c")) == [None, error, None]
    assert (store.tried, store.committed) == (["abc", "a", "b", "c"], ["a", "c"])


async def test_when_the_database_is_down_nobody_is_tried_alone() -> None:
    down = ConnectionResetError()
    store = Store(b=down)
    assert await crossed(store, batch("a"), batch("b")) == [down, down]
    assert (store.tried, store.committed) == (["ab"], [])


async def test_a_caller_who_leaves_takes_nobody_along() -> None:
    store = Store()
    store.gate.clear()
    group = GroupCommit(store.commit, 100)
    leaves, stays = asyncio.create_task(group.commit(batch("a"))), asyncio.create_task(group.commit(batch("b")))
    while not store.tried:
        await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    store.gate.set()
    await stays
    assert (store.tried, store.committed) == (["ab", "b"], ["b"])


async def test_one_who_leaves_while_it_waits_is_not_committed() -> None:
    store = Store()
    store.gate.clear()
    group = GroupCommit(store.commit, 100)
    first = asyncio.create_task(group.commit(batch("a")))
    while not store.tried:
        await asyncio.sleep(0)
    leaves = asyncio.create_task(group.commit(batch("b")))
    await asyncio.sleep(0)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    store.gate.set()
    await first
    await group.commit(batch("c"))
    assert store.committed == ["a", "c"]
