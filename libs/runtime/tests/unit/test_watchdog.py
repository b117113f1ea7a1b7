"""A member may stay alive and never fetch again: then the process must be restarted, and only then."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from contracts.topics import ROUTING_COMMANDS
from runtime.consumer import Consumer
from runtime.processing import Subscription, each

PARTITION = TopicPartition("routing.commands", 0)


def consumer(*, idle: float, end: int, done: int, trouble: str | None = None, busy: bool = False) -> Consumer:
    unused: Any = None
    made = Consumer(Subscription("c", ROUTING_COMMANDS, each({})), unused, unused, unused)
    worker: Any = SimpleNamespace(
        ready=True,
        trouble=trouble,
        busy=busy,
        progressed_at=time.monotonic() - idle,
        owner=SimpleNamespace(next_offset=done),
    )
    made._workers[PARTITION] = worker
    client: Any = SimpleNamespace(highwater=lambda partition: end)
    made._client = client
    return made


@pytest.mark.parametrize(
    "state",
    [
        {"idle": 1000, "end": 5, "done": 5},
        {"idle": 10, "end": 9, "done": 5},
        {"idle": 1000, "end": 9, "done": 5, "trouble": "waits for a dependency"},
    ],
    ids=["nothing to read", "not for long", "a dependency is down"],
)
def test_waiting_is_not_being_stuck(state: dict[str, Any]) -> None:
    assert consumer(**state).stuck() is None


@pytest.mark.parametrize("state", [{"end": 9, "done": 5}, {"end": 5, "done": 5, "busy": True}])
def test_records_wait_nothing_is_down_and_nothing_moves(state: dict[str, Any]) -> None:
    reason = consumer(idle=1000, **state).stuck()
    assert reason is not None
    assert "routing.commands/0" in reason


async def test_a_member_without_an_assignment_is_not_ready() -> None:
    made = consumer(idle=0, end=0, done=0)
    assert not await made.ready()
    made._assignment.on_partitions_assigned([PARTITION])
    assert await made.ready()
